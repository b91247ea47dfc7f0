package io.traffical.pipeline.job;

import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.UnitBlock;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/** Flink's view of what is read: one hand-written, compact binary form. */
public final class ReadRowType<T extends ReadRow> extends TypeInformation<T> {
  private static final long serialVersionUID = 1L;

  private final Class<T> type;

  private ReadRowType(Class<T> type) {
    this.type = type;
  }

  /** Returns the type of everything the source emits. */
  public static TypeInformation<ReadRow> readRows() {
    return new ReadRowType<>(ReadRow.class);
  }

  /** Returns the type of the blocks of rows about units. */
  public static TypeInformation<UnitBlock> blocks() {
    return new ReadRowType<>(UnitBlock.class);
  }

  @Override
  public TypeSerializer<T> createSerializer(SerializerConfig config) {
    return new ReadRowSerializer<>(type);
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public Class<T> getTypeClass() {
    return type;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof ReadRowType;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ReadRowType<?> that && that.type.equals(type);
  }

  @Override
  public int hashCode() {
    return type.hashCode();
  }

  @Override
  public String toString() {
    return type.getSimpleName();
  }
}
