package io.traffical.pipeline.outcome;

import static io.traffical.pipeline.testing.Plans.fresh;
import static io.traffical.pipeline.testing.Plans.hour;
import static io.traffical.pipeline.testing.Plans.newPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitBlock;
import io.traffical.pipeline.model.UnitRow;
import io.traffical.pipeline.model.UnitRow.Exposure;
import io.traffical.pipeline.model.UnitRow.Outcome;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.RunPlan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnitLedgersTest {
  private static final int UNITS = 50_000;
  private static final RunPlan PLAN =
      Plans.plan(newPolicy(10, fresh(Aggregation.SUM, "orders", 7)));

  private final UnitLedgers ledgers = new UnitLedgers(new LedgerPlan(PLAN, Plans.sets(PLAN)));

  @Test
  void theOrderOfTheUnitsDependsOnTheirKeysOnly() {
    List<UnitRow> rows = new ArrayList<>();
    for (int u = 0; u < UNITS; u++) {
      rows.add(new Exposure("u" + u, 0, "b", hour(2)));
      rows.add(new Outcome("u" + u, 0, hour(3), new double[] {u}));
    }
    List<String> inOrder = settled(rows);
    Collections.shuffle(rows, new Random(1));

    assertThat(settled(rows)).isEqualTo(inOrder);
    assertThat(inOrder).hasSize(UNITS);
    assertThat(new HashSet<>(inOrder)).as("each unit once").hasSize(UNITS);
    assertThat(inOrder.stream().filter(text -> text.startsWith("u123 ")).toList())
        .containsExactly("u123 123.0");
  }

  @Test
  void unitsWithOneHashAreToldApartByTheirKeys() {
    List<UnitRow> rows = new ArrayList<>();
    for (int u = 0; u < 200; u++) {
      rows.add(new Exposure("u" + u, 0, "b", hour(2)));
      rows.add(new Outcome("u" + u, 0, hour(3), new double[] {u}));
    }
    List<String> inOrder = settledBlocks(UnitRow.packWithOneHash(rows));
    Collections.shuffle(rows, new Random(2));

    assertThat(settledBlocks(UnitRow.packWithOneHash(rows))).isEqualTo(inOrder);
    assertThat(inOrder).hasSize(200).contains("u0 0.0", "u199 199.0");
  }

  @Test
  void aBucketInPartsSettlesTheSameUnitsInTheSameOrder() {
    List<UnitRow> rows = new ArrayList<>();
    for (int u = 0; u < UNITS; u++) {
      rows.add(new Exposure("u" + u, 0, "b", hour(2)));
      rows.add(new Outcome("u" + u, 0, hour(3), new double[] {u}));
    }
    List<UnitBlock> bucket =
        UnitRow.pack(rows).stream()
            .filter(block -> block.bucket() == 200)
            .sorted(Comparator.comparing(UnitBlock::isOfFacts))
            .toList();
    List<String> whole = settledBlocks(bucket);

    List<String> inParts = new ArrayList<>();
    for (int part = 0; part < 8; part++) {
      ledgers.open(part, 8);
      bucket.forEach(block -> ledgers.enter(block.rows(), block.isOfFacts()));
      int before = inParts.size();
      ledgers.settle(new Collector(inParts));
      assertThat(inParts.size() - before).as("units of a part").isBetween(5, whole.size() / 4);
    }
    assertThat(inParts).isEqualTo(whole);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "4194304, 1", "4194305, 2", "50000000, 16", "9223372036854775807, 1024"})
  void aPartIsSmallWhateverTheSizeOfTheBucket(long bytes, int parts) {
    assertThat(UnitLedgers.parts(bytes)).isEqualTo(parts);
  }

  @Test
  void aUnitWithFactsOnlyIsNotKept() {
    List<UnitRow> rows = List.of(new Outcome("u", 0, hour(3), new double[] {1}));

    assertThat(settled(rows)).isEmpty();
  }

  /** Settles one bucket after the other; returns each unit's key and value. */
  private List<String> settled(List<UnitRow> rows) {
    return settledBlocks(UnitRow.pack(rows));
  }

  private List<String> settledBlocks(List<UnitBlock> blocks) {
    List<UnitBlock> byBucket = new ArrayList<>(blocks);
    byBucket.sort(Comparator.comparing(UnitBlock::bucket).thenComparing(UnitBlock::isOfFacts));
    List<String> settled = new ArrayList<>();
    int bucket = 0;
    for (UnitBlock block : byBucket) {
      if (block.bucket() != bucket) {
        ledgers.settle(new Collector(settled));
        bucket = block.bucket();
      }
      ledgers.enter(block.rows(), block.isOfFacts());
    }
    ledgers.settle(new Collector(settled));
    return settled;
  }

  private record Collector(List<String> settled) implements Entries {
    @Override
    public void change(AssignmentChange change) {}

    @Override
    public void change(TotalChange change) {
      settled.add(change.unit() + " " + change.tallies()[1]);
    }

    @Override
    public void add(DayOutcome outcome) {}

    @Override
    public void analyse(UnitValues values) {}
  }
}
