package io.traffical.pipeline.stats;

/**
 * Where a quantile lies among n ordered values: between two neighbours, by linear interpolation.
 * This is Postgres's {@code percentile_cont}, R's type 7 (Hyndman and Fan 1996).
 *
 * @param index place of the lower neighbour, from 0
 * @param weight share of the way to the next value, in [0, 1); 0 means that there need be none
 */
public record QuantilePosition(long index, double weight) {

  /**
   * Returns the place of a quantile among n values.
   *
   * @throws IllegalArgumentException if there are no values or the probability is not in [0, 1]
   */
  public static QuantilePosition of(long n, double probability) {
    if (n < 1 || !(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "percentile: %s of %d values has no place".formatted(probability, n));
    }
    double place = (n - 1) * probability;
    double index = Math.floor(place);
    return new QuantilePosition((long) index, place - index);
  }

  /** Returns the quantile between the value at the index and the next one. */
  public double between(double at, double next) {
    return weight == 0 ? at : at + weight * (next - at);
  }

  /**
   * Returns the quantile of values in ascending order.
   *
   * @throws IllegalArgumentException if there are no values or the probability is not in [0, 1]
   */
  public static double valueIn(double[] ascending, double probability) {
    QuantilePosition position = of(ascending.length, probability);
    int index = (int) position.index;
    return position.between(ascending[index], ascending[Math.min(index + 1, ascending.length - 1)]);
  }
}
