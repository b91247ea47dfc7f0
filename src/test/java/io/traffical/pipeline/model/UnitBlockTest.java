package io.traffical.pipeline.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.model.UnitBlock.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a block holds is what was put into it. */
class UnitBlockTest {
  private static final List<String> LABELS =
      List.of("", "NO", "(none)", "é\u4e2d", "x".repeat(200));

  private final UnitBlockWriter writer = new UnitBlockWriter();

  /** A fact, bit by bit. */
  private record Row(
      String unit,
      int read,
      int entity,
      long time,
      List<Long> numbers,
      List<Long> digests,
      boolean hasFilters,
      long filters,
      List<String> labels) {
    static Row of(String unit, int read, int entity, long time, FactValues values) {
      return new Row(
          unit,
          read,
          entity,
          time,
          Arrays.stream(values.numbers()).mapToObj(Double::doubleToRawLongBits).toList(),
          Arrays.stream(values.digests()).boxed().toList(),
          values.hasFilters(),
          values.filters(),
          List.of(values.labels()));
    }

    FactValues values() {
      FactValues values = new FactValues(numbers.size(), digests.size(), hasFilters, labels.size());
      Arrays.setAll(values.numbers(), i -> Double.longBitsToDouble(numbers.get(i)));
      Arrays.setAll(values.digests(), digests::get);
      values.filters(filters);
      Arrays.setAll(values.labels(), labels::get);
      return values;
    }
  }

  @ParameterizedTest
  @CsvSource({
    // numbers, longs of digests, whether there are filters
    "0, 0, false",
    "0, 0, true",
    "1, 0, false",
    "0, 2, false",
    "3, 4, true",
    "40, 20, true",
    "4095, 4094, true", // as many as the shape has room for
  })
  void factsComeOutAsTheyWentIn(int numbers, int digests, boolean hasFilters) {
    List<Row> rows = new ArrayList<>();
    for (int seed = 0; seed < 20; seed++) {
      rows.add(row(seed, numbers, digests, hasFilters));
    }

    assertThat(roundTrip(rows)).isEqualTo(rows);
  }

  @Test
  void factsOfSeveralShapesMayFollowEachOther() {
    List<Row> rows = new ArrayList<>();
    for (int seed = 0; seed < 3000; seed++) {
      Random random = new Random(seed);
      rows.add(row(seed, random.nextInt(4), 2 * random.nextInt(3), random.nextBoolean()));
    }

    assertThat(roundTrip(rows)).isEqualTo(rows);
  }

  @Test
  void extremesStayWhatTheyAre() {
    FactValues values = new FactValues(5, 2, true);
    double odd = Double.longBitsToDouble(0x7ff8_0000_0000_1234L);
    double[] numbers = {odd, -0.0, Double.MIN_VALUE, Double.NEGATIVE_INFINITY, 1e300};
    System.arraycopy(numbers, 0, values.numbers(), 0, 5);
    values.digests()[0] = Long.MIN_VALUE;
    values.digests()[1] = -1;
    values.filters(-1);
    Row last = Row.of("u", FactValues.READ_MASK, 127, Long.MIN_VALUE, values);
    Row first = Row.of("u".repeat(UnitKey.LONGEST), 0, 0, Long.MAX_VALUE, FactValues.NOTHING);

    assertThat(roundTrip(List.of(last, first))).containsExactly(last, first);
  }

  @Test
  void roomForValuesIsUsedAgainWhileTheShapeIsTheSame() {
    for (int numbers : new int[] {1, 1, 2}) {
      writer.outcome(key("u"), 0, 0, 1, new FactValues(numbers, 0, false));
    }
    UnitBlockReader reader = reader(onlyBlock());
    List<FactValues> values = new ArrayList<>();
    while (reader.next()) {
      values.add(reader.values());
    }

    assertThat(values.get(1)).isSameAs(values.get(0));
    assertThat(values.get(2)).isNotSameAs(values.get(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 9, 8000, 8192, 100_000})
  void entriesMayBeLongerThanABlock(int length) {
    byte[] entries = new byte[length];
    new Random(length).nextBytes(entries);
    writer.storedEntries(key("u"), 3, 4, 1, entries);
    writer.storedEntries(key("u"), 5, 6, 100, new byte[] {7});

    List<String> read = new ArrayList<>();
    for (UnitBlock block : blocks()) {
      UnitBlockReader reader = reader(block);
      while (reader.next()) {
        assertThat(reader.kind()).isEqualTo(Kind.STORED_ENTRIES);
        String place = reader.policy() + " " + reader.metric() + " " + reader.slot() + " ";
        read.add(place + Arrays.hashCode(reader.entries()));
      }
    }
    assertThat(read)
        .containsExactly(
            "3 4 1 " + Arrays.hashCode(entries), "5 6 100 " + Arrays.hashCode(new byte[] {7}));
  }

  @Test
  void assignmentsBringTheirDimensionsAndTotalsTheirSlots() {
    writer.exposure(key("u"), 1, "on", "DE\0web", 10);
    writer.storedAssignment(key("u"), 2, "öff", "", 20, AssignmentChange.NEVER);
    writer.storedAssignment(key("u"), 2, "", "💶\0\0(none)", 21, 22);
    writer.exposure(key("u"), 3, "", "", 30);
    writer.storedTotal(key("u"), 4, 5, 6, Long.MAX_VALUE, -0.5, 1e-300);

    UnitBlockReader reader = reader(onlyBlock());
    List<String> read = new ArrayList<>();
    while (reader.next()) {
      String row = reader.kind() + " " + reader.policy() + " ";
      read.add(
          switch (reader.kind()) {
            case EXPOSURE ->
                row + reader.time() + " " + reader.allocation() + "/" + reader.dimensions();
            case STORED_ASSIGNMENT ->
                row
                    + reader.time()
                    + " "
                    + reader.crossedOverAt()
                    + " "
                    + reader.allocation()
                    + "/"
                    + reader.dimensions();
            default ->
                row
                    + reader.metric()
                    + " "
                    + reader.slot()
                    + " "
                    + reader.count()
                    + " "
                    + reader.high()
                    + " "
                    + reader.low();
          });
    }
    assertThat(read)
        .containsExactly(
            "EXPOSURE 1 10 on/DE\0web",
            "STORED_ASSIGNMENT 2 20 " + Long.MAX_VALUE + " öff/",
            "STORED_ASSIGNMENT 2 21 22 /💶\0\0(none)",
            "EXPOSURE 3 30 /",
            "STORED_TOTAL 4 5 6 " + Long.MAX_VALUE + " -0.5 1.0E-300");
  }

  /** Texts are remembered by a place that few bytes decide: many share one. */
  @Test
  void textsThatResembleEachOtherAreToldApart() {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      String allocation = "a" + i * 7 % 400;
      String dimensions = "a" + (char) (' ' + i % 90) + "\0" + i % 3;
      writer.exposure(key("u"), 0, allocation, dimensions, i);
      expected.add(allocation + "/" + dimensions);
    }
    List<String> read = new ArrayList<>();
    UnitBlockReader reader = new UnitBlockReader();
    for (UnitBlock block : blocks()) {
      reader.open(block.rows(), false);
      while (reader.next()) {
        read.add(reader.allocation() + "/" + reader.dimensions());
      }
    }

    assertThat(read).isEqualTo(expected);
  }

  private static Row row(int seed, int numbers, int digests, boolean hasFilters) {
    Random random = new Random(seed);
    FactValues values = new FactValues(numbers, digests, hasFilters, random.nextInt(3) * 16);
    Arrays.setAll(values.labels(), i -> LABELS.get(random.nextInt(LABELS.size())));
    Arrays.setAll(values.numbers(), i -> random.nextInt(5) == 0 ? Double.NaN : random.nextDouble());
    Arrays.setAll(values.digests(), i -> random.nextLong());
    if (hasFilters) {
      values.filters(random.nextLong());
    }
    String unit = "u".repeat(1 + random.nextInt(40));
    return Row.of(unit, random.nextInt(3), random.nextInt(3), random.nextLong(), values);
  }

  /** Rows of one unit stay in their order; those of several come bucket by bucket. */
  private List<Row> roundTrip(List<Row> rows) {
    List<Row> read = new ArrayList<>();
    UnitBlockReader reader = new UnitBlockReader();
    for (Row row : rows) {
      byte[] utf8 = ("xx" + row.unit()).getBytes(StandardCharsets.UTF_8);
      UnitKey unit = new UnitKey().set(utf8, 2, utf8.length - 2, 1); // the same bucket for all
      writer.outcome(unit, row.read(), row.entity(), row.time(), row.values());
    }
    for (UnitBlock block : blocks()) {
      assertThat(block.isOfFacts()).isTrue();
      reader.open(block.rows(), true);
      while (reader.next()) {
        String key = new String(reader.key(), StandardCharsets.UTF_8);
        assertThat(reader.isKey(reader.key())).isTrue();
        read.add(Row.of(key, reader.read(), reader.entity(), reader.time(), reader.values()));
      }
    }
    return read;
  }

  private static UnitKey key(String unit) {
    byte[] utf8 = unit.getBytes(StandardCharsets.UTF_8);
    return new UnitKey().set(utf8, 0, utf8.length);
  }

  private static UnitBlockReader reader(UnitBlock block) {
    return new UnitBlockReader().open(block.rows(), block.isOfFacts());
  }

  private List<UnitBlock> blocks() {
    writer.flush();
    return writer.takeFull();
  }

  private UnitBlock onlyBlock() {
    List<UnitBlock> blocks = blocks();
    assertThat(blocks).hasSize(1);
    return blocks.get(0);
  }
}
