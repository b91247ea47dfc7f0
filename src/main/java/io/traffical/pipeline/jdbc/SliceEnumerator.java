package io.traffical.pipeline.jdbc;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;

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
    context.callAsync(
        () -> heartbeat.beat(started, total), (beaten, problem) -> {}, 0, BEAT_MILLIS);
  }

  @Override
  public void handleSplitRequest(int subtask, String host) {
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
