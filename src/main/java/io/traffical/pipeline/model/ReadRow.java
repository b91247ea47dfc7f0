package io.traffical.pipeline.model;

import java.io.Serializable;

/**
 * What the source emits: blocks of rows about units, and one report for every slice it has read.
 */
public sealed interface ReadRow extends Serializable permits UnitBlock, SliceReport {}
