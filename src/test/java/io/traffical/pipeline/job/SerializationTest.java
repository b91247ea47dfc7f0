package io.traffical.pipeline.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.MetricResult;
import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.RunNote;
import io.traffical.pipeline.model.SampleBlock;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.model.StagedRows;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitBlock;
import io.traffical.pipeline.model.UnitRow;
import io.traffical.pipeline.model.UnitRow.Exposure;
import io.traffical.pipeline.model.UnitRow.Outcome;
import io.traffical.pipeline.model.UnitRow.StoredAssignment;
import io.traffical.pipeline.model.UnitRow.StoredTotal;
import io.traffical.pipeline.model.UnitValues;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.types.PojoTestUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What flows between operators is never left to Kryo, and comes out as it went in. */
class SerializationTest {
  private static final SliceReport FULL_REPORT =
      new SliceReport(
          3,
          -5,
          Long.MAX_VALUE,
          7,
          1,
          2,
          new long[] {1, 0, 6},
          new long[] {Long.MIN_VALUE, 0, -1},
          Map.of("other_test", 4L, "pricing_test/\uD83D\uDE00", 1L),
          "the unit's key is null",
          12,
          "DEFINITION [22012]: division by zero");
  private static final SliceReport BARE_REPORT =
      new SliceReport(0, 0, 0, 0, 0, 0, new long[0], new long[0], Map.of(), null, 0, null);

  @ParameterizedTest
  @ValueSource(
      classes = {
        AllocationStats.class,
        AssignmentChange.class,
        DayOutcome.class,
        MetricResult.class,
        RunNote.class,
        SampleBlock.class,
        SliceReport.class,
        StagedRows.class,
        TotalChange.class,
        UnitValues.class
      })
  void recordsBetweenOperatorsAreSerializedAsPojosWithoutKryo(Class<?> type) {
    PojoTestUtils.assertSerializedAsPojoWithoutKryo(type);
  }

  static Stream<UnitRow> unitRows() {
    String wide = "\uD83D\uDE00é\u0001\t\n\"'\\".repeat(100);
    return Stream.of(
        new Exposure("u1", 0, "control", 1_767_225_600_000_000L),
        new Exposure("", Integer.MAX_VALUE, "", Long.MIN_VALUE),
        new Exposure(wide, -1, wide, UnitRow.NEVER),
        new Exposure("u1", 0, "\uD83D\uDE00".repeat(256), 1),
        new StoredAssignment("u\u0000", 2, "b", 5, UnitRow.NEVER),
        new StoredAssignment(wide, 2, wide, -5, 6),
        new StoredTotal("u1", 1, 2, Long.MAX_VALUE, 1e300, -1e-300),
        new StoredTotal("", 0, 0, 0, Double.NaN, Double.NEGATIVE_INFINITY));
  }

  @ParameterizedTest
  @MethodSource("unitRows")
  void rowsAboutUnitsComeOutAsTheyWentIn(UnitRow row) throws IOException {
    UnitBlock block = UnitRow.pack(List.of(row)).get(0);

    assertThat(UnitRow.unpack(roundTrip(ReadRowType.blocks(), block))).containsExactly(row);
    assertThat(UnitRow.unpack((UnitBlock) roundTrip(ReadRowType.readRows(), block)))
        .containsExactly(row);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 127, 128, 1000})
  void outcomesComeOutWithEveryBitOfTheirValues(int columns) throws IOException {
    double[] values = new double[columns];
    for (int i = 0; i < columns; i++) {
      values[i] = i % 3 == 0 ? Double.NaN : i % 3 == 1 ? -0.0 : i / 3.0;
    }
    Outcome outcome = new Outcome("u\uD83D\uDE00", 4, -1, values);

    UnitBlock block = UnitRow.pack(List.of(outcome)).get(0);
    Outcome read =
        (Outcome) UnitRow.unpack((UnitBlock) roundTrip(ReadRowType.readRows(), block)).get(0);

    assertThat(read.unit()).isEqualTo(outcome.unit());
    assertThat(read.fact()).isEqualTo(4);
    assertThat(read.time()).isEqualTo(-1);
    assertThat(read.values()).containsExactly(values);
  }

  static Stream<SliceReport> reports() {
    return Stream.of(FULL_REPORT, BARE_REPORT);
  }

  @ParameterizedTest
  @MethodSource("reports")
  void reportsComeOutAsTheyWentInWithTheirNulls(SliceReport report) throws IOException {
    ReadRow fromSource = roundTrip(ReadRowType.readRows(), report);
    RunNote fromNotes = roundTrip(TypeInformation.of(RunNote.class), RunNote.of(report));

    assertThat(fromSource).usingRecursiveComparison().isEqualTo(report);
    assertThat(fromNotes).usingRecursiveComparison().isEqualTo(RunNote.of(report));
  }

  @Test
  void rowsInOneStreamDoNotRunIntoEachOther() throws IOException {
    TypeSerializer<ReadRow> serializer = serializer(ReadRowType.readRows());
    DataOutputSerializer target = new DataOutputSerializer(64);
    DataOutputSerializer copied = new DataOutputSerializer(64);
    serializer.serialize(FULL_REPORT, target);
    List<UnitBlock> blocks = UnitRow.pack(unitRows().toList());
    for (UnitBlock block : blocks) {
      serializer.serialize(block, target);
    }
    DataInputDeserializer source = new DataInputDeserializer(target.getCopyOfBuffer());
    while (source.available() > 0) {
      serializer.copy(source, copied);
    }

    DataInputDeserializer again = new DataInputDeserializer(copied.getCopyOfBuffer());
    assertThat(serializer.deserialize(again)).usingRecursiveComparison().isEqualTo(FULL_REPORT);
    List<UnitRow> rows = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      rows.addAll(UnitRow.unpack((UnitBlock) serializer.deserialize(again)));
    }
    assertThat(rows).containsExactlyInAnyOrderElementsOf(unitRows().toList());
    assertThat(again.available()).isZero();
  }

  @Test
  void changesKeepTheirNulls() throws IOException {
    AssignmentChange deletion = new AssignmentChange(0, "u1", null, "", 0, UnitRow.NEVER);
    MetricResult result =
        new MetricResult(
            "p", "m", "a", "", "", 1, 0, 0.0, 0.0, null, null, null, true, null, null, null, null,
            null, null, null, null, null, "fixed", false, null, null, "metric", null, null);

    assertThat(roundTrip(TypeInformation.of(AssignmentChange.class), deletion)).isEqualTo(deletion);
    assertThat(roundTrip(TypeInformation.of(MetricResult.class), result)).isEqualTo(result);
  }

  private static <T> T roundTrip(TypeInformation<T> type, T value) throws IOException {
    TypeSerializer<T> serializer = serializer(type);
    DataOutputSerializer target = new DataOutputSerializer(64);
    serializer.serialize(value, target);
    DataInputDeserializer source = new DataInputDeserializer(target.getCopyOfBuffer());
    T read = serializer.deserialize(source);
    assertThat(source.available()).as("bytes left over").isZero();
    return read;
  }

  private static <T> TypeSerializer<T> serializer(TypeInformation<T> type) {
    return type.createSerializer(new SerializerConfigImpl());
  }
}
