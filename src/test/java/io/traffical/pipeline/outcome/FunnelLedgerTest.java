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
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A fact is written as the steps that it may serve and its hour: {@code 01@3}. */
class FunnelLedgerTest {
  private static final double NEVER = 1000;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // steps | facts | steps taken
        "3 | 0@1 1@2 2@3        | 0@1 1@2 2@3", // one after the other
        "3 | 0@1 1@1 2@1        | 0@1 1@1 2@1", // all at once
        "3 | 1@1 2@1 0@2        | 0@2", // what came before the first step is no step
        "3 | 0@1 2@2            | 0@1", // a step that is left out
        "3 | 0@1 0@2 1@3 1@4    | 0@1 1@3", // the earliest of each
        "3 | 0@2 1@1 1@3 2@1    | 0@2 1@3", // at or after the step before
        "1 | 0@3 0@2            | 0@2", // a funnel of one step
        "2 | 1@1                | ''",
        "2 | 01@1               | 0@1", // one fact never serves two steps
        "2 | 01@1 01@1          | 0@1 1@1", // two do
        "2 | 01@1 01@2          | 0@1 1@2",
        "2 | 0@1 01@1           | 0@1 1@1", // at an instant any fact may come first
        "2 | 01@1 1@1           | 0@1 1@1",
        "3 | 012@1 01@1 0@1     | 0@1 1@1 2@1", // as many steps as possible
        "3 | 02@1 0@1 1@1       | 0@1 1@1 2@1",
        "3 | 012@1 012@1        | 0@1 1@1",
        "3 | 02@1 02@1          | 0@1", // the third step is not taken before the second
        "4 | 0@1 12@2 123@2 1@2 | 0@1 1@2 2@2 3@2",
        "3 | 0@1 01@2 1@2 2@2   | 0@1 1@2 2@2", // going on at an instant from the step reached
        "3 | 01@1 0@2 1@3 2@4   | 0@1 1@3 2@4",
        "2 | 0@1 1@2 1@3 0@4    | 0@1 1@2",
      })
  void theEarliestFactOfEveryStepAfterTheOneBeforeItCounts(int steps, String facts, String taken) {
    for (List<Fact> order : orders(facts(facts))) {
      Settled settled = settle(steps, List.of(), order, NEVER);

      assertThat(settled.value()).isEqualTo(facts(taken).size());
      assertThat(settled.totals()).isEqualTo(taken);
    }
  }

  @Test
  void stepsBehindTheOverlapAreStoredByDayAndThoseInItAreNot() {
    for (List<Fact> order : orders(facts("0@1 1@23.5 2@24 3@49 4@50"))) {
      Settled settled = settle(5, List.of(), order, 50);

      assertThat(settled.value()).as("with the overlap").isEqualTo(5);
      assertThat(settled.totals()).isEqualTo("0@1 1@23.5 2@24 3@49");
      assertThat(settled.days()).containsExactly("0: 0@1 1@23.5", "1: 2@24", "2: 3@49");
    }
  }

  @Test
  void aFunnelGoesOnFromTheStepsThatAreStored() {
    List<String> stored = List.of("1@20", "0@1");
    for (List<String> base : List.of(stored, List.of("0@1 1@20"), List.of("", "0@1", "1@20"))) {
      for (List<Fact> order : orders(facts("0@30 1@31 2@32 3@52"))) {
        Settled settled = settle(4, base, order, 50);

        assertThat(settled.value()).isEqualTo(4);
        assertThat(facts(settled.totals())).hasSameElementsAs(facts("0@1 1@20 2@32"));
        assertThat(settled.days()).as("only what is new").containsExactly("1: 2@32");
      }
    }
  }

  @Test
  void aUnitThatHasTakenAllStepsTakesNoMore() {
    Settled settled = settle(2, List.of("0@1 1@2"), facts("0@30 1@31"), NEVER);

    assertThat(settled.value()).isEqualTo(2);
    assertThat(settled.totals()).isEqualTo("0@1 1@2");
    assertThat(settled.days()).isEmpty();
  }

  @Test
  void aFunnelMayBeLongAndAnInstantFull() {
    List<Fact> facts = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      facts.add(new Fact(0b11_1111_1111, hour(1)));
      facts.add(new Fact(0b10, hour(i % 2)));
    }

    assertThat(settle(10, List.of(), facts, NEVER).totals())
        .isEqualTo("0@1 1@1 2@1 3@1 4@1 5@1 6@1 7@1 8@1 9@1");
  }

  /**
   * The oracle tries all choices of different facts. What a run stores and what the next one adds
   * to it must be the same as what one run over everything finds.
   */
  @Test
  void anySplitIntoRunsTakesTheStepsThatAreEarliestAmongAllChoices() {
    for (int seed = 0; seed < 4000; seed++) {
      Random random = new Random(seed);
      int steps = 1 + random.nextInt(4);
      List<Fact> facts = new ArrayList<>();
      for (int i = random.nextInt(8); i > 0; i--) {
        facts.add(new Fact(1 + random.nextInt((1 << steps) - 1), hour(12 * random.nextInt(5))));
      }
      double totalsTo = 12 * random.nextInt(6);
      double end = totalsTo + 12 * random.nextInt(3);
      String about = "seed %d: %d steps, %s, totals to %s".formatted(seed, steps, facts, totalsTo);

      Settled first = settle(steps, List.of(), between(facts, -1, end), totalsTo);
      Settled second = settle(steps, List.of(first.totals()), between(facts, totalsTo, 99), NEVER);

      List<Fact> expected = oracle(steps, facts);
      assertThat(first.value()).as(about).isEqualTo(oracle(steps, between(facts, -1, end)).size());
      assertThat(second.value()).as(about).isEqualTo(expected.size());
      assertThat(facts(second.totals())).as(about).isEqualTo(expected);
      List<String> days = new ArrayList<>(first.days());
      days.addAll(second.days());
      assertThat(days.stream().flatMap(day -> facts(day.substring(3)).stream()).toList())
          .as("%s: days put together", about)
          .isEqualTo(expected);
    }
  }

  /** Returns the lexicographically smallest times over all choices of different facts. */
  private static List<Fact> oracle(int steps, List<Fact> facts) {
    return best(0, steps, Long.MIN_VALUE, facts, new boolean[facts.size()]);
  }

  private static List<Fact> best(
      int step, int steps, long notBefore, List<Fact> facts, boolean[] used) {
    List<Fact> best = List.of();
    for (int f = 0; step < steps && f < used.length; f++) {
      Fact fact = facts.get(f);
      if (!used[f] && (fact.steps() >> step & 1) == 1 && fact.time() >= notBefore) {
        used[f] = true;
        List<Fact> chosen = new ArrayList<>(List.of(new Fact(1 << step, fact.time())));
        chosen.addAll(best(step + 1, steps, fact.time(), facts, used));
        best = isBefore(chosen, best) ? chosen : best;
        used[f] = false;
      }
    }
    return best;
  }

  /** A step that is not taken is later than any that is. */
  private static boolean isBefore(List<Fact> chosen, List<Fact> best) {
    long[] a = chosen.stream().mapToLong(Fact::time).toArray();
    long[] b = best.stream().mapToLong(Fact::time).toArray();
    int at = Arrays.mismatch(a, b);
    return at >= 0 && (at == b.length || (at < a.length && a[at] < b[at]));
  }

  private record Fact(int steps, long time) {}

  private record Settled(double value, String totals, List<String> days) {}

  private static Settled settle(int steps, List<String> base, List<Fact> facts, double totalsTo) {
    EntryLedger ledger = new FunnelLedger(steps);
    base.forEach(part -> ledger.addBase(entries(part)));
    facts.forEach(fact -> ledger.add(fact.time(), fact.steps(), FactValues.NOTHING, -1, -1));
    List<String> days = new ArrayList<>();
    ledger.settle(
        hour(totalsTo), (day, bytes) -> days.add(day - Plans.day(0) + ": " + text(bytes)));
    return new Settled(ledger.value(), text(ledger.totals()), days);
  }

  private static List<List<Fact>> orders(List<Fact> facts) {
    List<Fact> reversed = new ArrayList<>(facts);
    Collections.reverse(reversed);
    return List.of(facts, reversed);
  }

  private static List<Fact> between(List<Fact> facts, double from, double to) {
    return facts.stream().filter(f -> f.time() >= hour(from) && f.time() < hour(to)).toList();
  }

  private static List<Fact> facts(String text) {
    List<Fact> facts = new ArrayList<>();
    for (String fact : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
      String[] parts = fact.split("@", -1);
      int steps = parts[0].chars().map(c -> 1 << (c - '0')).sum();
      facts.add(new Fact(steps, hour(Double.parseDouble(parts[1]))));
    }
    return facts;
  }

  private static byte[] entries(String text) {
    List<Fact> facts = facts(text);
    ByteBuffer bytes = ByteBuffer.allocate(9 * facts.size());
    for (Fact fact : facts) {
      bytes.put((byte) Integer.numberOfTrailingZeros(fact.steps())).putLong(fact.time());
    }
    return bytes.array();
  }

  private static String text(byte[] entries) {
    ByteBuffer bytes = ByteBuffer.wrap(entries);
    return String.join(
        " ",
        IntStream.range(0, entries.length / 9)
            .mapToObj(
                i -> {
                  int step = bytes.get();
                  double hours = (bytes.getLong() - hour(0)) / (Micros.DAY / 24.0);
                  return step + "@" + (hours == Math.rint(hours) ? "" + (long) hours : hours);
                })
            .toList());
  }
}
