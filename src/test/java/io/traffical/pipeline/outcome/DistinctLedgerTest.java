package io.traffical.pipeline.outcome;

import static io.traffical.pipeline.testing.Plans.hour;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.Micros;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A fact is written as its value and its hour: {@code 7@3}. */
class DistinctLedgerTest {
  private static final long OVERLAP = 50;

  private record Digest(long high, long low) {}

  private record Fact(Digest value, long time) {}

  private record Settled(double value, Set<Digest> totals, Map<Integer, Set<Digest>> days) {}

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // stored values | facts | how many | totals | days
        "''    | ''              | 0 | ''    | ''",
        "''    | 1@3 2@3 1@4     | 2 | 1 2   | 0: 1 2",
        "''    | 1@30 1@3        | 1 | 1     | 0: 1", // the first time decides the day
        "''    | 1@23 2@24 3@49  | 3 | 1 2 3 | 0: 1; 1: 2; 2: 3",
        "''    | 1@49 2@50 3@60  | 3 | 1     | 2: 1", // what the overlap has is not stored
        "''    | 1@60 1@49 1@70  | 1 | 1     | 2: 1", // seen behind the overlap, too
        "1 2   | ''              | 2 | 1 2   | ''",
        "1 2   | 2@30 3@30 1@60  | 3 | 1 2 3 | 1: 3", // what is stored is not new
        "1 2 1 | 3@60            | 3 | 1 2   | ''", // parts of the past may have it twice
      })
  void everyValueCountsOnceOnTheDayWhenItWasFirstSeen(
      String base, String facts, int count, String totals, String days) {
    for (List<Fact> order : orders(facts(facts))) {
      for (List<Digest> stored : orders(digests(base))) {
        Settled settled = settle(stored, order);

        assertThat(settled.value()).isEqualTo(count);
        assertThat(settled.totals()).isEqualTo(new HashSet<>(digests(totals)));
        assertThat(settled.days()).isEqualTo(days(days));
      }
    }
  }

  @Test
  void nullIsNoValueButAHalfThatIsZeroIs() {
    List<Fact> facts =
        List.of(
            new Fact(new Digest(0, 0), hour(1)),
            new Fact(new Digest(0, 5), hour(1)),
            new Fact(new Digest(5, 0), hour(1)),
            new Fact(new Digest(0, -5), hour(1)));

    Settled settled = settle(List.of(), facts);

    assertThat(settled.value()).isEqualTo(3);
    assertThat(settled.totals())
        .containsExactlyInAnyOrder(new Digest(0, 5), new Digest(5, 0), new Digest(0, -5));
  }

  @Test
  void theValueOfTheMeasureIsTakenAmongThoseOfTheRow() {
    FactValues row = new FactValues(1, 4, false);
    row.digests()[0] = 1;
    row.digests()[3] = 9;
    DistinctLedger ledger = new DistinctLedger();
    ledger.add(hour(1), 1, row, -1, 2);
    row.digests()[0] = 2; // of another column
    ledger.add(hour(1), 1, row, -1, 2);
    ledger.settle(hour(OVERLAP), (day, entries) -> {});

    assertThat(ledger.value()).isEqualTo(1);
    assertThat(decode(ledger.totals())).containsExactly(new Digest(0, 9));
  }

  /** Leading halves are few and many of them agree in their last bits, so that places collide. */
  @Test
  void thereMayBeManyValuesWhateverTheirDigestsAre() {
    for (int seed = 0; seed < 3; seed++) {
      Random random = new Random(seed);
      List<Digest> base = new ArrayList<>();
      List<Fact> facts = new ArrayList<>();
      Map<Digest, Long> firstSeen = new HashMap<>();
      for (int i = 0; i < 10_000; i++) {
        long high = random.nextBoolean() ? random.nextLong() : random.nextInt(100) * 4096L;
        Digest value = new Digest(high, 1 + random.nextInt(50));
        if (random.nextInt(20) == 0) {
          base.add(value);
          firstSeen.put(value, Long.MIN_VALUE);
        } else {
          Fact fact = new Fact(value, hour(random.nextInt(72)));
          facts.add(fact);
          firstSeen.merge(value, fact.time(), Math::min);
        }
      }
      Map<Integer, Set<Digest>> days = new TreeMap<>();
      Set<Digest> totals = new HashSet<>();
      firstSeen.forEach(
          (value, time) -> {
            if (time < hour(OVERLAP)) {
              totals.add(value);
              if (time != Long.MIN_VALUE) {
                int day = (int) (time / Micros.DAY) - Plans.day(0);
                days.computeIfAbsent(day, d -> new HashSet<>()).add(value);
              }
            }
          });
      for (List<Fact> order : orders(facts)) {
        Settled settled = settle(base, order);

        assertThat(settled.value()).as("seed %d", seed).isEqualTo(firstSeen.size());
        assertThat(settled.totals()).as("seed %d", seed).isEqualTo(totals);
        assertThat(settled.days()).as("seed %d", seed).isEqualTo(days);
      }
    }
  }

  @Test
  void theBytesOfADayDoNotDependOnTheOrderOfTheRows() {
    List<byte[]> first = new ArrayList<>();
    List<byte[]> second = new ArrayList<>();
    List<Fact> facts = facts("9@1 17@1 1@1 25@2 33@3");
    ledger(List.of(), facts).settle(hour(OVERLAP), (day, entries) -> first.add(entries));
    ledger(List.of(), orders(facts).get(1))
        .settle(hour(OVERLAP), (day, entries) -> second.add(entries));

    assertThat(second).usingRecursiveComparison().isEqualTo(first);
  }

  private static DistinctLedger ledger(List<Digest> base, List<Fact> facts) {
    DistinctLedger ledger = new DistinctLedger();
    int half = base.size() / 2;
    ledger.addBase(encode(base.subList(0, half)));
    ledger.addBase(encode(base.subList(half, base.size())));
    FactValues row = new FactValues(0, 2, false);
    for (Fact fact : facts) {
      row.digests()[0] = fact.value().high();
      row.digests()[1] = fact.value().low();
      ledger.add(fact.time(), 1, row, -1, 0);
    }
    return ledger;
  }

  private static Settled settle(List<Digest> base, List<Fact> facts) {
    DistinctLedger ledger = ledger(base, facts);
    Map<Integer, Set<Digest>> days = new TreeMap<>();
    List<Integer> order = new ArrayList<>();
    ledger.settle(
        hour(OVERLAP),
        (day, entries) -> {
          List<Digest> values = decode(entries);
          order.add(day);
          days.put(day - Plans.day(0), new HashSet<>(values));
          assertThat(values).as("each once").doesNotHaveDuplicates();
        });
    assertThat(order).as("days in order, each once").isSorted().doesNotHaveDuplicates();
    List<Digest> totals = decode(ledger.totals());
    assertThat(totals).as("each once").doesNotHaveDuplicates();
    return new Settled(ledger.value(), new HashSet<>(totals), days);
  }

  private static <T> List<List<T>> orders(List<T> items) {
    List<T> reversed = new ArrayList<>(items);
    Collections.reverse(reversed);
    return List.of(items, reversed);
  }

  private static List<Fact> facts(String text) {
    return words(text).stream()
        .map(fact -> fact.split("@", -1))
        .map(parts -> new Fact(digests(parts[0]).get(0), hour(Double.parseDouble(parts[1]))))
        .toList();
  }

  private static List<Digest> digests(String text) {
    return words(text).stream().map(value -> new Digest(Long.parseLong(value), 0)).toList();
  }

  private static Map<Integer, Set<Digest>> days(String text) {
    Map<Integer, Set<Digest>> days = new TreeMap<>();
    for (String day : text.isEmpty() ? new String[0] : text.split("; ", -1)) {
      String[] parts = day.split(": ", -1);
      days.put(Integer.valueOf(parts[0]), new HashSet<>(digests(parts[1])));
    }
    return days;
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : Arrays.asList(text.split(" ", -1));
  }

  private static byte[] encode(List<Digest> values) {
    ByteBuffer bytes = ByteBuffer.allocate(16 * values.size());
    values.forEach(value -> bytes.putLong(value.high()).putLong(value.low()));
    return bytes.array();
  }

  private static List<Digest> decode(byte[] entries) {
    List<Digest> values = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(entries);
    while (bytes.hasRemaining()) {
      values.add(new Digest(bytes.getLong(), bytes.getLong()));
    }
    return values;
  }
}
