package io.traffical.pipeline.outcome;

import static io.traffical.pipeline.testing.Plans.hour;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.testing.Plans;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class EventsLedgerTest {
  private static final double NO_VALUE = Double.NaN;

  private record Fact(double hour, double value) {}

  private record Settled(List<Double> events, List<String> days) {}

  @Test
  void everyValueIsKeptBehindTheOverlapByDayAndInItNotAtAll() {
    List<Fact> facts =
        List.of(
            new Fact(1, 10),
            new Fact(23.9, 10),
            new Fact(24, -2.5),
            new Fact(47, 0),
            new Fact(49.9, 1e300),
            new Fact(50, 7),
            new Fact(60, 8));

    for (List<Fact> order : orders(facts)) {
      Settled settled = settle(List.of(), order);

      assertThat(settled.events()).containsExactly(-2.5, 0.0, 7.0, 8.0, 10.0, 10.0, 1e300);
      assertThat(settled.days())
          .containsExactly("0: [10.0, 10.0]", "1: [-2.5, 0.0]", "2: [1.0E300]");
    }
  }

  @Test
  void whatIsStoredIsKeptButNotStoredAgain() {
    List<double[]> base = List.of(new double[] {1, 2}, new double[] {}, new double[] {3});
    for (List<Fact> order : orders(List.of(new Fact(30, 2), new Fact(60, 4)))) {
      for (List<double[]> parts : orders(base)) {
        Settled settled = settle(parts, order);

        assertThat(settled.events()).containsExactly(1.0, 2.0, 2.0, 3.0, 4.0);
        assertThat(settled.days()).containsExactly("1: [2.0]");
      }
    }
  }

  @Test
  void aFactWithoutAValueIsNoEvent() {
    for (List<Fact> order : orders(List.of(new Fact(1, NO_VALUE), new Fact(2, 5)))) {
      assertThat(settle(List.of(), order))
          .isEqualTo(new Settled(List.of(5.0), List.of("0: [5.0]")));
    }
    assertThat(settle(List.of(), List.of(new Fact(1, NO_VALUE))))
        .isEqualTo(new Settled(List.of(), List.of()));
    assertThat(settle(List.of(), List.of())).isEqualTo(new Settled(List.of(), List.of()));
  }

  @Test
  void aZeroKeepsItsSignAndThereMayBeManyValues() {
    List<Fact> facts = new ArrayList<>();
    List<Double> expected = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      double value = i % 2 == 0 ? -0.0 : i;
      facts.add(new Fact(i % 72, value));
      expected.add(value);
    }
    Collections.sort(expected);

    assertThat(settle(List.of(new double[] {}), facts).events()).isEqualTo(expected);
  }

  @Test
  void theValueOfTheMeasureIsTakenAmongThoseOfTheRow() {
    FactValues row = new FactValues(3, 0, false);
    row.numbers()[0] = NO_VALUE;
    row.numbers()[1] = 6;
    row.numbers()[2] = 7;
    EventsLedger ledger = new EventsLedger();
    ledger.add(hour(1), 1, row, 1, -1);
    row.numbers()[1] = 8; // a row is written over by the next one
    ledger.add(hour(1), 1, row, 1, -1);
    ledger.settle(hour(50), (day, entries) -> {});

    assertThat(ledger.events()).containsExactlyInAnyOrder(6, 8);
  }

  @Test
  void whatOneRunStoresTheNextOneGoesOnFrom() {
    List<byte[]> days = new ArrayList<>();
    EventsLedger first =
        ledger(List.of(), List.of(new Fact(1, 1), new Fact(30, 2), new Fact(49, 3)));
    first.settle(hour(40), (day, entries) -> days.add(entries));

    EventsLedger second = ledger(List.of(), List.of(new Fact(49, 3), new Fact(60, 4)));
    days.forEach(second::addBase);
    second.settle(hour(50), (day, entries) -> {});

    assertThat(sorted(second.events())).containsExactly(1.0, 2.0, 3.0, 4.0);
  }

  private static EventsLedger ledger(List<double[]> base, List<Fact> facts) {
    EventsLedger ledger = new EventsLedger();
    for (double[] part : base) {
      ByteBuffer bytes = ByteBuffer.allocate(8 * part.length);
      Arrays.stream(part).forEach(bytes::putDouble);
      ledger.addBase(bytes.array());
    }
    FactValues row = new FactValues(1, 0, false);
    for (Fact fact : facts) {
      row.numbers()[0] = fact.value();
      ledger.add(hour(fact.hour()), 1, row, 0, -1);
    }
    return ledger;
  }

  private static Settled settle(List<double[]> base, List<Fact> facts) {
    EventsLedger ledger = ledger(base, facts);
    List<String> days = new ArrayList<>();
    ledger.settle(
        hour(50), (day, entries) -> days.add(day - Plans.day(0) + ": " + sorted(decode(entries))));
    List<Double> events = sorted(ledger.events());
    assertThat(ledger.value()).isEqualTo(events.size());
    assertThat(ledger.totals()).as("days are all").isNull();
    return new Settled(events, days);
  }

  private static double[] decode(byte[] entries) {
    ByteBuffer bytes = ByteBuffer.wrap(entries);
    return DoubleStream.generate(bytes::getDouble).limit(entries.length / 8).toArray();
  }

  private static List<Double> sorted(double[] values) {
    return DoubleStream.of(values).sorted().boxed().toList();
  }

  private static <T> List<List<T>> orders(List<T> items) {
    List<T> reversed = new ArrayList<>(items);
    Collections.reverse(reversed);
    return List.of(items, reversed);
  }
}
