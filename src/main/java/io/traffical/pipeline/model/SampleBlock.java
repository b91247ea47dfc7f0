package io.traffical.pipeline.model;

/**
 * The values of some units for one metric whose results depend on their distribution, packed.
 *
 * @param ranked place of the metric among those that are ranked
 * @param isByValue whether they are by value of the facts' dimensions
 * @param subtask which subtask has seen the units
 * @param rows what {@link SampleWriter} has packed
 */
public record SampleBlock(int ranked, boolean isByValue, int subtask, byte[] rows) {}
