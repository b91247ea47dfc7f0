package io.traffical.pipeline.model;

/**
 * A stretch of a newly assigned unit's history that is to be looked up.
 *
 * @param read place of the fact among the plan's reads
 * @param entity place of the unit's entity among the fact's
 * @param from first time of what counts, microseconds since 1970
 * @param to first time of what does not count any more
 */
public record Wanted(int read, int entity, String unit, long from, long to) {
  /** Returns the stretch that covers this one and another of the same unit and fact. */
  public Wanted union(Wanted other) {
    return new Wanted(read, entity, unit, Math.min(from, other.from), Math.max(to, other.to));
  }
}
