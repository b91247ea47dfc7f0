/**
 * Checks of databases, privileges and definitions, each with its remedy. Reads catalogs and plans;
 * reads no rows of the team's and writes nothing.
 */
package io.traffical.pipeline.doctor;
