package io.traffical.pipeline.job;

import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.model.UnitRow.Exposure;
import io.traffical.pipeline.model.UnitRow.Outcome;
import io.traffical.pipeline.model.UnitRow.StoredAssignment;
import io.traffical.pipeline.model.UnitRow.StoredTotal;
import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.InstantiationUtil;

/** A tag, then the fields of that kind of row. Rows are immutable, so that copies are the row. */
final class ReadRowSerializer<T extends ReadRow> extends TypeSerializer<T> {
  private static final long serialVersionUID = 1L;

  private static final int EXPOSURE = 0;
  private static final int OUTCOME = 1;
  private static final int STORED_ASSIGNMENT = 2;
  private static final int STORED_TOTAL = 3;
  private static final int REPORT = 4;

  private final Class<T> type;

  ReadRowSerializer(Class<T> type) {
    this.type = type;
  }

  @Override
  public void serialize(T row, DataOutputView target) throws IOException {
    if (row instanceof Outcome outcome) {
      target.writeByte(OUTCOME);
      target.writeUTF(outcome.unit());
      target.writeInt(outcome.fact());
      target.writeLong(outcome.time());
      target.writeShort(outcome.values().length);
      for (double value : outcome.values()) {
        target.writeDouble(value);
      }
    } else if (row instanceof Exposure exposure) {
      target.writeByte(EXPOSURE);
      target.writeUTF(exposure.unit());
      target.writeInt(exposure.policy());
      target.writeUTF(exposure.allocation());
      target.writeLong(exposure.time());
    } else if (row instanceof StoredAssignment stored) {
      target.writeByte(STORED_ASSIGNMENT);
      target.writeUTF(stored.unit());
      target.writeInt(stored.policy());
      target.writeUTF(stored.allocation());
      target.writeLong(stored.firstAssignedAt());
      target.writeLong(stored.crossedOverAt());
    } else if (row instanceof StoredTotal total) {
      target.writeByte(STORED_TOTAL);
      target.writeUTF(total.unit());
      target.writeInt(total.policy());
      target.writeInt(total.metric());
      target.writeLong(total.count());
      target.writeDouble(total.high());
      target.writeDouble(total.low());
    } else {
      byte[] report = InstantiationUtil.serializeObject(row);
      target.writeByte(REPORT);
      target.writeInt(report.length);
      target.write(report);
    }
  }

  @Override
  public T deserialize(DataInputView source) throws IOException {
    int tag = source.readByte();
    return type.cast(
        switch (tag) {
          case OUTCOME -> outcome(source);
          case EXPOSURE ->
              new Exposure(source.readUTF(), source.readInt(), source.readUTF(), source.readLong());
          case STORED_ASSIGNMENT ->
              new StoredAssignment(
                  source.readUTF(),
                  source.readInt(),
                  source.readUTF(),
                  source.readLong(),
                  source.readLong());
          case STORED_TOTAL ->
              new StoredTotal(
                  source.readUTF(),
                  source.readInt(),
                  source.readInt(),
                  source.readLong(),
                  source.readDouble(),
                  source.readDouble());
          case REPORT -> report(source);
          default -> throw new IOException("no kind of row has the tag " + tag);
        });
  }

  private static Outcome outcome(DataInputView source) throws IOException {
    String unit = source.readUTF();
    int fact = source.readInt();
    long time = source.readLong();
    double[] values = new double[source.readShort()];
    for (int i = 0; i < values.length; i++) {
      values[i] = source.readDouble();
    }
    return new Outcome(unit, fact, time, values);
  }

  private static SliceReport report(DataInputView source) throws IOException {
    byte[] bytes = new byte[source.readInt()];
    source.readFully(bytes);
    try {
      return InstantiationUtil.deserializeObject(bytes, ReadRowSerializer.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    serialize(deserialize(source), target);
  }

  @Override
  public T copy(T row) {
    return row;
  }

  @Override
  public T copy(T row, T reuse) {
    return row;
  }

  @Override
  public T deserialize(T reuse, DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public T createInstance() {
    return null;
  }

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public TypeSerializer<T> duplicate() {
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ReadRowSerializer<?> that && that.type.equals(type);
  }

  @Override
  public int hashCode() {
    return Objects.hash(type);
  }

  /** Batch execution takes no checkpoints, so that nothing is ever restored from a snapshot. */
  @Override
  public TypeSerializerSnapshot<T> snapshotConfiguration() {
    throw new UnsupportedOperationException("batch execution writes no snapshots");
  }
}
