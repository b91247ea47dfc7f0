package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.RunPlan;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.util.InstantiationUtil;

/**
 * A bounded source that reads every slice of a run once: each in a short read-only transaction of
 * its own, streamed, never held in memory whole. A slice that breaks off fails its task; then
 * everything is read again, and those who have taken what was read start again, too.
 */
final class SliceSource implements Source<ReadRow, Slice, List<Slice>> {
  private static final long serialVersionUID = 1L;

  private final RunPlan plan;
  private final MetricSets sets;
  private final Definitions definitions;
  private final String runId;

  SliceSource(RunContext run) {
    this.plan = run.plan();
    this.sets = run.sets();
    this.definitions = run.definitions();
    this.runId = run.runId();
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.BOUNDED;
  }

  @Override
  public SplitEnumerator<Slice, List<Slice>> createEnumerator(
      SplitEnumeratorContext<Slice> context) {
    List<Slice> slices = new Slices(plan, sets, definitions, context.currentParallelism()).all();
    return new SliceEnumerator(context, slices, new RunHeartbeat(definitions, runId));
  }

  @Override
  public SplitEnumerator<Slice, List<Slice>> restoreEnumerator(
      SplitEnumeratorContext<Slice> context, List<Slice> slices) {
    return new SliceEnumerator(context, slices, new RunHeartbeat(definitions, runId));
  }

  @Override
  public SourceReader<ReadRow, Slice> createReader(SourceReaderContext context) {
    return new Reader(new CopyOnWriteArrayList<>(), plan, definitions, runId, context);
  }

  @Override
  public SimpleVersionedSerializer<Slice> getSplitSerializer() {
    return new JavaSerialized<>();
  }

  @Override
  public SimpleVersionedSerializer<List<Slice>> getEnumeratorCheckpointSerializer() {
    return new JavaSerialized<>();
  }

  private static final class Reader
      extends SingleThreadMultiplexSourceReaderBase<ReadRow, ReadRow, Slice, Slice> {
    private final List<SliceReader> opened;

    /**
     * Every fetcher gets a reader of its own: one that has gone idle is closed while the next one
     * already reads.
     */
    Reader(
        List<SliceReader> opened,
        RunPlan plan,
        Definitions definitions,
        String runId,
        SourceReaderContext context) {
      this(
          opened, plan, definitions, runId, new SliceMetrics(context.metricGroup(), plan), context);
    }

    private Reader(
        List<SliceReader> opened,
        RunPlan plan,
        Definitions definitions,
        String runId,
        SliceMetrics metrics,
        SourceReaderContext context) {
      super(
          () -> {
            SliceReader reader = new SliceReader(plan, definitions, runId, metrics);
            opened.removeIf(SliceReader::isClosed);
            opened.add(reader);
            return reader;
          },
          (row, output, slice) -> output.collect(row),
          context.getConfiguration(),
          context);
      this.opened = opened;
    }

    /** Asks for two slices, so that one is waiting while the other is read. */
    @Override
    public void start() {
      context.sendSplitRequest();
      context.sendSplitRequest();
    }

    /** Cuts the connections first: a read that waits for the server does not feel an interrupt. */
    @Override
    public void close() throws Exception {
      for (SliceReader reader : opened) {
        reader.close();
      }
      super.close();
    }

    @Override
    protected void onSplitFinished(Map<String, Slice> finished) {
      context.sendSplitRequest();
    }

    @Override
    protected Slice initializedState(Slice slice) {
      return slice;
    }

    @Override
    protected Slice toSplitType(String splitId, Slice slice) {
      return slice;
    }
  }

  /** Slices travel between one program's own processes only; nothing is kept. */
  private static final class JavaSerialized<T> implements SimpleVersionedSerializer<T> {
    @Override
    public int getVersion() {
      return 1;
    }

    @Override
    public byte[] serialize(T value) throws IOException {
      return InstantiationUtil.serializeObject(value);
    }

    @Override
    public T deserialize(int version, byte[] bytes) throws IOException {
      try {
        return InstantiationUtil.deserializeObject(bytes, SliceSource.class.getClassLoader());
      } catch (ClassNotFoundException e) {
        throw new IOException(e);
      }
    }
  }
}
