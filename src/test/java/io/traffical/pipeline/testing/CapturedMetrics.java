package io.traffical.pipeline.testing;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * A reporter of Flink's that keeps the program's own metrics, also those of operators that have
 * ended. There is one for the whole JVM.
 */
public final class CapturedMetrics implements MetricReporter, MetricReporterFactory {
  private static final List<String> OWN_VARIABLES =
      List.of("<kind>", "<definition>", "<table>", "<policy>");
  private static final Map<String, List<Metric>> METRICS = new ConcurrentHashMap<>();
  private static final List<String> TEXTS = new CopyOnWriteArrayList<>();

  /** Forgets everything. */
  public static void forget() {
    METRICS.clear();
    TEXTS.clear();
  }

  /** Returns the names, with the variables of this program: {@code name{variable=value}}. */
  public static List<String> names() {
    return List.copyOf(new TreeSet<>(METRICS.keySet()));
  }

  /** Returns all identifiers and variables that reporters see. */
  public static List<String> texts() {
    return TEXTS;
  }

  /** Returns the sum over all subtasks. */
  public static double sum(String name) {
    if (!METRICS.containsKey(name)) {
      throw new IllegalArgumentException(name + " is not among " + names());
    }
    return METRICS.get(name).stream().mapToDouble(CapturedMetrics::value).sum();
  }

  private static double value(Metric metric) {
    return metric instanceof Counter counter
        ? counter.getCount()
        : ((Number) ((Gauge<?>) metric).getValue()).doubleValue();
  }

  @Override
  public MetricReporter createMetricReporter(java.util.Properties properties) {
    return this;
  }

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    String identifier = group.getMetricIdentifier(name);
    if (!identifier.contains(".traffical.")) {
      return;
    }
    TEXTS.add(identifier + " " + group.getAllVariables());
    Map<String, String> own = new TreeMap<>(group.getAllVariables());
    own.keySet().retainAll(OWN_VARIABLES);
    String variables =
        own.entrySet().stream()
            .map(entry -> entry.getKey().replaceAll("[<>]", "") + "=" + entry.getValue())
            .collect(Collectors.joining(","));
    METRICS
        .computeIfAbsent(
            own.isEmpty() ? name : name + "{" + variables + "}",
            ignored -> new CopyOnWriteArrayList<>())
        .add(metric);
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {}
}
