package io.traffical.pipeline.job;

import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.model.UnitBlock;
import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.InstantiationUtil;

/** A tag, then the fields of that kind. What is read is immutable, so that copies are itself. */
final class ReadRowSerializer<T extends ReadRow> extends TypeSerializer<T> {
  private static final long serialVersionUID = 1L;

  private static final int BLOCK = 0;
  private static final int BLOCK_OF_FACTS = 1;
  private static final int REPORT = 2;

  private final Class<T> type;

  ReadRowSerializer(Class<T> type) {
    this.type = type;
  }

  @Override
  public void serialize(T row, DataOutputView target) throws IOException {
    if (row instanceof UnitBlock block) {
      target.writeByte(block.isOfFacts() ? BLOCK_OF_FACTS : BLOCK);
      target.writeInt(block.bucket());
      writeBytes(block.rows(), target);
    } else {
      target.writeByte(REPORT);
      writeBytes(InstantiationUtil.serializeObject(row), target);
    }
  }

  private static void writeBytes(byte[] bytes, DataOutputView target) throws IOException {
    target.writeInt(bytes.length);
    target.write(bytes);
  }

  @Override
  public T deserialize(DataInputView source) throws IOException {
    int tag = source.readByte();
    return type.cast(
        switch (tag) {
          case BLOCK -> new UnitBlock(source.readInt(), false, readBytes(source));
          case BLOCK_OF_FACTS -> new UnitBlock(source.readInt(), true, readBytes(source));
          case REPORT -> report(source);
          default -> throw new IOException("nothing that is read has the tag " + tag);
        });
  }

  private static byte[] readBytes(DataInputView source) throws IOException {
    byte[] bytes = new byte[source.readInt()];
    source.readFully(bytes);
    return bytes;
  }

  private static SliceReport report(DataInputView source) throws IOException {
    try {
      return InstantiationUtil.deserializeObject(
          readBytes(source), ReadRowSerializer.class.getClassLoader());
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
