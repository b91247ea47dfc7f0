package io.traffical.pipeline.oracle;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How far units have come on a funnel, by trying everything: of all ways to take its steps, each by
 * another fact and none before the one before it, those count whose first step is the earliest, of
 * these those whose second step is, and so on.
 */
final class Funnel {
  private final Sql sql;
  private final int steps;

  Funnel(Sql sql, int steps) {
    this.sql = sql;
    this.steps = steps;
  }

  /** A fact, which may fit several steps. */
  private record Fact(String id, long time, Set<Integer> fits) {}

  /** Fills the table "steps" from the table "counted". */
  void take() {
    Map<String, Map<String, Fact>> byUnit = new TreeMap<>();
    for (List<String> row :
        sql.rows(
            "SELECT unit, id, (extract(epoch FROM t) * 1000000)::bigint, measure FROM counted")) {
      byUnit
          .computeIfAbsent(row.get(0), unit -> new TreeMap<>())
          .computeIfAbsent(
              row.get(1), id -> new Fact(id, Long.parseLong(row.get(2)), new TreeSet<>()))
          .fits()
          .add(Integer.valueOf(row.get(3)));
    }
    List<String> values = new ArrayList<>();
    byUnit.forEach(
        (unit, facts) -> {
          int step = 0;
          for (long time : times(List.copyOf(facts.values()))) {
            values.add(
                "(%s, %d, '1970-01-01T00:00:00Z'::timestamptz + interval '1 microsecond' * %d)"
                    .formatted(Sql.text(unit), step++, time));
          }
        });
    if (!values.isEmpty()) {
      sql.execute("INSERT INTO steps VALUES " + String.join(", ", values));
    }
  }

  private List<Long> times(List<Fact> facts) {
    List<Long> times = new ArrayList<>();
    Set<Set<String>> ways = Set.of(Set.of());
    long last = Long.MIN_VALUE;
    for (int step = 0; step < steps; step++) {
      Set<Set<String>> next = new HashSet<>();
      long earliest = Long.MAX_VALUE;
      for (Fact fact : facts) {
        long time = fact.time();
        if (!fact.fits().contains(step) || time < last || time > earliest) {
          continue;
        }
        for (Set<String> way : ways) {
          if (!way.contains(fact.id())) {
            if (time < earliest) {
              next.clear();
              earliest = time;
            }
            Set<String> longer = new HashSet<>(way);
            longer.add(fact.id());
            next.add(longer);
          }
        }
      }
      if (next.isEmpty()) {
        break;
      }
      ways = next;
      last = earliest;
      times.add(earliest);
    }
    return times;
  }
}
