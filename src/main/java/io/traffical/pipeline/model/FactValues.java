package io.traffical.pipeline.model;

/**
 * What a fact carries beside its unit and its time. Mutable, so that a row allocates nothing.
 *
 * <p>Its shape, which is that of what the run selects, fits into an int: how many numbers, how many
 * longs of digests, how many labels, and whether there are filters.
 */
public final class FactValues {
  /** No numbers, no digests, no filters, no labels. */
  public static final FactValues NOTHING = new FactValues(0, 0, false, 0);

  /** So many labels a fact may have. */
  public static final int MOST_LABELS = 32;

  static final int ENTITY_SHIFT = 24;
  static final int READ_MASK = (1 << ENTITY_SHIFT) - 1;

  private static final int DIGESTS_SHIFT = 12;
  private static final int COUNT_MASK = (1 << DIGESTS_SHIFT) - 1;
  private static final int LABELS_SHIFT = 24;
  private static final int LABELS_MASK = 63;
  private static final int HAS_FILTERS = 1 << 30;

  private final double[] numbers;
  private final long[] digests;
  private final boolean hasFilters;
  private final String[] labels;
  private long filters;

  /** Creates room for values of a fact without dimensions. */
  public FactValues(int numbers, int digests, boolean hasFilters) {
    this(numbers, digests, hasFilters, 0);
  }

  /**
   * Creates room for values.
   *
   * @param digests how many longs of digests: two per column whose different values are counted
   * @param labels how many texts: one per dimension of the fact
   */
  public FactValues(int numbers, int digests, boolean hasFilters, int labels) {
    if (labels > MOST_LABELS) {
      throw new IllegalArgumentException("a fact has at most " + MOST_LABELS + " labels");
    }
    this.labels = new String[labels];
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

  /** Returns the labels themselves: the fact's value of each of its dimensions. */
  public String[] labels() {
    return labels;
  }

  /** Says which filters the fact meets. */
  public void filters(long bits) {
    filters = bits;
  }

  int shape() {
    return numbers.length
        | digests.length << DIGESTS_SHIFT
        | labels.length << LABELS_SHIFT
        | (hasFilters ? HAS_FILTERS : 0);
  }

  static int labels(int shape) {
    return shape >>> LABELS_SHIFT & LABELS_MASK;
  }

  /** Returns how many bytes a fact of the shape takes, but for its labels. */
  static int bytes(int shape) {
    int longs = (shape & COUNT_MASK) + (shape >>> DIGESTS_SHIFT & COUNT_MASK);
    return 8 * (longs + ((shape & HAS_FILTERS) != 0 ? 1 : 0));
  }

  /** Returns room of the shape: this, if it has it. */
  FactValues ofShape(int shape) {
    return shape == shape()
        ? this
        : new FactValues(
            shape & COUNT_MASK,
            shape >>> DIGESTS_SHIFT & COUNT_MASK,
            (shape & HAS_FILTERS) != 0,
            labels(shape));
  }
}
