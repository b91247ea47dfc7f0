package io.traffical.pipeline.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One row about one unit, as tests write it down; in the program there are only packed rows. Times
 * are microseconds since 1970, UTC.
 */
public sealed interface UnitRow {
  /** No time: a crossover that never happened. */
  long NEVER = AssignmentChange.NEVER;

  /** Returns the unit's key. */
  String unit();

  /** Packs the row. */
  void pack(UnitKey key, UnitBlockWriter blocks);

  /** Packs the rows, as the source does. */
  static List<UnitBlock> pack(List<? extends UnitRow> rows) {
    UnitBlockWriter blocks = new UnitBlockWriter();
    for (UnitRow row : rows) {
      byte[] utf8 = row.unit().getBytes(StandardCharsets.UTF_8);
      row.pack(new UnitKey().set(utf8, 0, utf8.length), blocks);
    }
    blocks.flush();
    return blocks.takeFull();
  }

  /** Packs the rows as if all keys had the same hash. */
  static List<UnitBlock> packWithOneHash(List<? extends UnitRow> rows) {
    UnitBlockWriter blocks = new UnitBlockWriter();
    for (UnitRow row : rows) {
      byte[] utf8 = row.unit().getBytes(StandardCharsets.UTF_8);
      row.pack(new UnitKey().set(utf8, 0, utf8.length, 1L << 56), blocks);
    }
    blocks.flush();
    return blocks.takeFull();
  }

  /** Returns the rows of a block. */
  static List<UnitRow> unpack(UnitBlock block) {
    List<UnitRow> rows = new ArrayList<>();
    UnitBlockReader reader = new UnitBlockReader().open(block.rows(), block.isOfFacts());
    while (reader.next()) {
      String unit = new String(reader.key(), StandardCharsets.UTF_8);
      if (block.isOfFacts()) {
        rows.add(
            new Outcome(unit, reader.read(), reader.time(), reader.values().numbers().clone()));
      } else {
        rows.add(
            switch (reader.kind()) {
              case EXPOSURE ->
                  new Exposure(unit, reader.policy(), reader.allocation(), reader.time());
              case STORED_ASSIGNMENT ->
                  new StoredAssignment(
                      unit,
                      reader.policy(),
                      reader.allocation(),
                      reader.time(),
                      reader.crossedOverAt());
              case STORED_TOTAL ->
                  new StoredTotal(
                      unit,
                      reader.policy(),
                      reader.metric(),
                      reader.count(),
                      reader.high(),
                      reader.low());
              case STORED_ENTRIES ->
                  new StoredEntries(unit, reader.policy(), reader.metric(), reader.entries());
            });
      }
    }
    return rows;
  }

  /** The unit was seen in an allocation of a policy. */
  record Exposure(String unit, int policy, String allocation, long time) implements UnitRow {
    @Override
    public void pack(UnitKey key, UnitBlockWriter blocks) {
      blocks.exposure(key, policy, allocation, "", time);
    }
  }

  /** What {@code assignments} holds for the unit and a policy. */
  record StoredAssignment(
      String unit, int policy, String allocation, long firstAssignedAt, long crossedOverAt)
      implements UnitRow {
    @Override
    public void pack(UnitKey key, UnitBlockWriter blocks) {
      blocks.storedAssignment(key, policy, allocation, "", firstAssignedAt, crossedOverAt);
    }
  }

  /** What is stored of the unit's past for a metric; several rows add up. */
  record StoredTotal(String unit, int policy, int metric, long count, double high, double low)
      implements UnitRow {
    @Override
    public void pack(UnitKey key, UnitBlockWriter blocks) {
      blocks.storedTotal(key, policy, metric, 0, count, high, low);
    }
  }

  /** Entries that are stored of the unit's past for a metric. */
  record StoredEntries(String unit, int policy, int metric, byte[] entries) implements UnitRow {
    @Override
    public void pack(UnitKey key, UnitBlockWriter blocks) {
      blocks.storedEntries(key, policy, metric, 0, entries);
    }
  }

  /** A fact. */
  record Outcome(String unit, int fact, long time, double[] values) implements UnitRow {
    @Override
    public void pack(UnitKey key, UnitBlockWriter blocks) {
      FactValues all = new FactValues(values.length, 0, false);
      System.arraycopy(values, 0, all.numbers(), 0, values.length);
      blocks.outcome(key, fact, 0, time, all);
    }
  }
}
