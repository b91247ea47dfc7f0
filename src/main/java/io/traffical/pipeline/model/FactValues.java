package io.traffical.pipeline.model;

/**
 * What a fact carries beside its unit and its time. Mutable, so that a row allocates nothing.
 *
 * <p>Its shape, which is that of what the run selects, fits into an int: how many numbers, how many
 * longs of digests, and whether there are filters.
 */
public final class FactValues {
  /** No numbers, no digests, no filters. */
  public static final FactValues NOTHING = new FactValues(0, 0, false);

  static final int ENTITY_SHIFT = 24;
  static final int READ_MASK = (1 << ENTITY_SHIFT) - 1;

  private static final int DIGESTS_SHIFT = 12;
  private static final int COUNT_MASK = (1 << DIGESTS_SHIFT) - 1;
  private static final int HAS_FILTERS = 1 << 30;

  private final double[] numbers;
  private final long[] digests;
  private final boolean hasFilters;
  private long filters;

  /**
   * Creates room for values.
   *
   * @param digests how many longs of digests: two per column whose different values are counted
   */
  public FactValues(int numbers, int digests, boolean hasFilters) {
    this.numbers = new double[numbers];
    this.digests = new long[digests];
    this.hasFilters = hasFilters;
  }

  /** Returns the numbers themselves; NaN where there is no usable one. */
  public double[] numbers() {
    return numbers;
  }

  /** Returns the digests themselves, two longs per column; both 0 where the column is null. */
  public long[] digests() {
    return digests;
  }

  /** Returns whether it is known which filters the fact meets. */
  public boolean hasFilters() {
    return hasFilters;
  }

  /** Returns a bit per filter that the fact meets, the first in the lowest place. */
  public long filters() {
    return filters;
  }

  /** Says which filters the fact meets. */
  public void filters(long bits) {
    filters = bits;
  }

  static int shape(int numbers, int digests, boolean hasFilters) {
    return numbers | digests << DIGESTS_SHIFT | (hasFilters ? HAS_FILTERS : 0);
  }

  static int bytes(int shape) {
    int longs = (shape & COUNT_MASK) + (shape >>> DIGESTS_SHIFT & COUNT_MASK);
    return 8 * (longs + ((shape & HAS_FILTERS) != 0 ? 1 : 0));
  }

  /** Returns room of the shape: this, if it has it. */
  FactValues ofShape(int shape) {
    return shape == shape(numbers.length, digests.length, hasFilters)
        ? this
        : new FactValues(
            shape & COUNT_MASK, shape >>> DIGESTS_SHIFT & COUNT_MASK, (shape & HAS_FILTERS) != 0);
  }
}
