package io.traffical.pipeline.jdbc;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.metrics.MetricGroup;

/**
 * Hands out slices, one at a time, to readers that ask. It lives as long as the job, wherever the
 * job runs, so it also keeps the run's lease alive.
 */
final class SliceEnumerator implements SplitEnumerator<Slice, List<Slice>> {
  private static final long BEAT_MILLIS = 1000;

  private final SplitEnumeratorContext<Slice> context;
  private final Deque<Slice> waiting;
  private final int total;
  private final RunHeartbeat heartbeat;
  private final Map<Integer, Integer> requestsBySubtask = new HashMap<>();
  private final List<Integer> early = new ArrayList<>();
  private volatile int started;

  SliceEnumerator(
      SplitEnumeratorContext<Slice> context, List<Slice> slices, RunHeartbeat heartbeat) {
    this.context = context;
    this.waiting = new ArrayDeque<>(slices);
    this.total = slices.size();
    this.heartbeat = heartbeat;
  }

  @Override
  public void start() {
    MetricGroup group = context.metricGroup().addGroup(SliceMetrics.GROUP);
    group.gauge("slicesTotal", () -> total);
    group.gauge("slicesStarted", () -> started);
    context.callAsync(
        () -> heartbeat.beat(started, total), (beaten, problem) -> {}, 0, BEAT_MILLIS);
  }

  /**
   * Every reader asks for a second slice while it still reads the first. That one waits until all
   * readers have a first one, so that the large slices at the beginning are not read by one alone.
   */
  @Override
  public void handleSplitRequest(int subtask, String host) {
    int requests = requestsBySubtask.merge(subtask, 1, Integer::sum);
    boolean haveAllOne = requestsBySubtask.size() == context.currentParallelism();
    if (requests == 2 && !haveAllOne) {
      early.add(subtask);
      return;
    }
    hand(subtask);
    if (haveAllOne) {
      early.forEach(this::hand);
      early.clear();
    }
  }

  private void hand(int subtask) {
    Slice next = waiting.poll();
    if (next == null) {
      context.signalNoMoreSplits(subtask);
    } else {
      context.assignSplit(next, subtask);
      started = total - waiting.size();
    }
  }

  @Override
  public void addSplitsBack(List<Slice> slices, int subtask) {
    slices.forEach(waiting::addFirst);
    requestsBySubtask.remove(subtask);
    early.remove(Integer.valueOf(subtask));
  }

  @Override
  public void addReader(int subtask) {}

  @Override
  public List<Slice> snapshotState(long checkpoint) {
    return new ArrayList<>(waiting);
  }

  @Override
  public void close() {
    heartbeat.close();
  }
}
