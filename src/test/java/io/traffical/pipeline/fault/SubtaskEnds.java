package io.traffical.pipeline.fault;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/**
 * Counts the subtasks of operators that end on the cluster that reports its metrics here, and lets
 * a fault strike when one of them has: an operator's metrics are removed when it has been closed.
 */
public final class SubtaskEnds implements MetricReporter, MetricReporterFactory {
  private static final String EVERY_OPERATOR_HAS = "numRecordsIn";
  private static final AtomicInteger BEGUN = new AtomicInteger();
  private static final AtomicInteger ENDED = new AtomicInteger();
  private static Runnable strike;
  private static int at;
  private static CompletableFuture<Void> struck;

  /** Counts from 0 again, and strikes when so many subtasks have ended; at 0, never. */
  static synchronized void arm(int number, Runnable what) {
    BEGUN.set(0);
    ENDED.set(0);
    at = number;
    strike = what;
    struck = null;
  }

  /**
   * Strikes no more; one that is under way has struck afterwards.
   *
   * @return whether it has struck since it was armed
   */
  static boolean disarm() {
    CompletableFuture<Void> underWay;
    synchronized (SubtaskEnds.class) {
      at = 0;
      underWay = struck;
    }
    if (underWay != null) {
      underWay.join();
    }
    return underWay != null;
  }

  /** Returns how many have begun since: all of a job do before the first one ends. */
  static int begun() {
    return BEGUN.get();
  }

  private static synchronized void ended() {
    if (ENDED.incrementAndGet() == at) {
      // Elsewhere: who reports here has a lock that the end of a task manager needs.
      struck = CompletableFuture.runAsync(strike, SubtaskEnds::start);
    }
  }

  /** The class loader of a thread that a task's thread starts ends with the job. */
  private static void start(Runnable work) {
    Thread thread = new Thread(work, "fault at the end of a subtask");
    thread.setContextClassLoader(SubtaskEnds.class.getClassLoader());
    thread.setDaemon(true);
    thread.start();
  }

  private static boolean isOperator(String name, MetricGroup group) {
    return name.equals(EVERY_OPERATOR_HAS) && group.getAllVariables().containsKey("<operator_id>");
  }

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    if (isOperator(name, group)) {
      BEGUN.incrementAndGet();
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    if (isOperator(name, group)) {
      ended();
    }
  }

  @Override
  public MetricReporter createMetricReporter(java.util.Properties properties) {
    return this;
  }

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}
}
