package io.traffical.pipeline.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The times of one case, in seconds. */
final class Samples {
  private final List<Double> seconds = new ArrayList<>();

  void add(double sample) {
    seconds.add(sample);
  }

  /** Returns the median; of an even number of samples, the mean of the two in the middle. */
  double median() {
    List<Double> sorted = seconds.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** Returns the least and the greatest time, as text. */
  String range() {
    double least = seconds.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    double most = seconds.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    return String.format(Locale.ROOT, "%.2f–%.2f", least, most);
  }
}
