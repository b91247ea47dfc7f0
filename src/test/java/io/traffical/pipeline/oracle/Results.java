package io.traffical.pipeline.oracle;

import io.traffical.pipeline.stats.Comparison;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** How the latest results of a metric differ from what is expected. */
final class Results {
  /** From this column on numbers depend on differences and on roots. */
  private static final int FIRST_OF_COMPARISON = 11;

  private static final int ERROR = 7;

  private final Sql sql;
  private final Assigned assigned;
  private final Counted counted;
  private final String metricKey;
  private final Metric metric;
  private final int lookbackDays;
  private final List<String> differences = new ArrayList<>();

  /** The tables of {@link Counted} have been made. */
  Results(Sql sql, Assigned assigned, String metricKey, Counted counted) {
    this.sql = sql;
    this.counted = counted;
    this.assigned = assigned;
    this.metricKey = metricKey;
    this.metric = assigned.experiments().metrics().get(metricKey);
    this.lookbackDays = assigned.experiments().lookbackDays(assigned.policyKey(), metricKey);
  }

  /** The units that a row is about. */
  private record Slice(String dimension, String value) {}

  List<String> differ() {
    Map<Slice, List<Arm>> expected = expected();
    Map<Slice, List<List<String>>> found = found();
    found.forEach(
        (slice, rows) -> {
          if (!expected.containsKey(slice)) {
            differences.add("not expected: " + slice + rows);
          }
        });
    boolean isUncapped = Cap.of(sql, metric).isRefused();
    expected.forEach(
        (slice, of) -> compare(slice, of, found.getOrDefault(slice, List.of()), isUncapped));
    return differences;
  }

  /** Returns the arms of all units, of those with each value of a dimension, and by each fact's. */
  private Map<Slice, List<Arm>> expected() {
    Map<Slice, List<Arm>> expected = new LinkedHashMap<>();
    Arms arms = Arms.of(sql, metric, assigned.allocations());
    expected.put(new Slice("", ""), arms.of("true"));
    for (String dimension : assigned.experiments().unitDimensions()) {
      String value = "dimensions ->> " + Sql.text(dimension);
      slices(dimension, value, "SELECT %s AS v FROM unit_value".formatted(value))
          .forEach((slice, condition) -> expected.put(slice, arms.of(condition)));
    }
    for (String dimension : assigned.experiments().factDimensions(metricKey)) {
      String ofUnits = "SELECT DISTINCT unit, %s AS v FROM counted JOIN unit_value USING (unit)";
      slices(dimension, dimension, ofUnits.formatted(dimension))
          .forEach(
              (slice, condition) -> {
                counted.makeUnits(condition);
                expected.put(slice, arms.of("true"));
              });
      counted.makeUnits();
    }
    return expected;
  }

  /**
   * Returns the conditions of a dimension's slices: its frequent values, and the rest.
   *
   * @param units a query with a row per unit and value v that it has
   */
  private Map<Slice, String> slices(String dimension, String value, String units) {
    Map<Slice, String> slices = new LinkedHashMap<>();
    List<String> values =
        sql
            .rows(
                "SELECT v FROM (%s) d GROUP BY v ORDER BY count(*) DESC, v COLLATE \"C\""
                    .formatted(units))
            .stream()
            .map(row -> row.get(0))
            .toList();
    int most = assigned.experiments().settings().maxDimensionValues();
    List<String> kept = values.subList(0, Math.min(most, values.size()));
    String shown =
        "CASE WHEN %1$s = ANY (%2$s) THEN %1$s ELSE '(other)' END"
            .formatted(value, Sql.array(kept));
    for (String each : values) {
      String name = kept.contains(each) ? each : "(other)";
      slices.put(new Slice(dimension, name), shown + " = " + Sql.text(name));
    }
    return slices;
  }

  private Map<Slice, List<List<String>>> found() {
    return sql
        .rows(
            """
            SELECT dimension, dimension_value, allocation_key,
              (extract(epoch FROM as_of) * 1000000)::bigint, units, numerator, denominator, value,
              variance, standard_error, steps, is_control, cuped, variance_reduction, lift, lift_standard_error, lift_lower,
              lift_upper, p_value, relative_lift, significant, reason
            FROM traffical.latest_results WHERE policy_key = %s AND metric_key = %s
            ORDER BY array_position(%s, allocation_key)
            """
                .formatted(
                    Sql.text(assigned.policyKey()),
                    Sql.text(metricKey),
                    Sql.array(assigned.allocations())))
        .stream()
        .collect(
            Collectors.groupingBy(
                row -> new Slice(row.get(0), row.get(1)),
                LinkedHashMap::new,
                Collectors.mapping(row -> row.subList(2, row.size()), Collectors.toList())));
  }

  private void compare(Slice slice, List<Arm> arms, List<List<String>> found, boolean isUncapped) {
    if (found.size() != arms.size()) {
      differences.add(slice + " expected " + arms + "\n    found " + found);
      return;
    }
    for (int i = 0; i < arms.size(); i++) {
      List<Object> expected = expected(arms.get(i));
      if (i > 0) {
        expected.add("f");
        addLift(slice, arms.get(0), arms.get(i), isUncapped, expected);
      } else {
        expected.addAll(Arrays.asList("t", "f", null, null));
      }
      if (!isEqual(expected, found.get(i), arms.get(i).isUnsure())) {
        differences.add(slice + " expected " + expected + "\n    found    " + found.get(i));
      }
    }
  }

  private List<Object> expected(Arm arm) {
    List<Object> expected = new ArrayList<>();
    expected.add(arm.allocation());
    expected.add(String.valueOf(ChronoUnit.MICROS.between(Instant.EPOCH, assigned.until())));
    expected.add((double) arm.units());
    expected.add(arm.numerator());
    expected.add(arm.denominator());
    expected.add(arm.value());
    expected.add(arm.variance());
    expected.add(arm.standardError());
    expected.add(arm.steps());
    return expected;
  }

  private void addLift(
      Slice slice, Arm control, Arm arm, boolean isUncapped, List<Object> expected) {
    boolean isAdjusted = lookbackDays > 0 && slice.dimension().isEmpty();
    Adjusted adjusted = isAdjusted ? Adjusted.of(sql, metric, control, arm) : Adjusted.NOT;
    if (adjusted.isUnsure()) {
      return;
    }
    expected.add(adjusted.lift() == null ? "f" : "t");
    expected.add(adjusted.varianceReduction());
    if (adjusted.lift() != null) {
      expected.add(adjusted.lift());
      expected.add(adjusted.standardError());
      return;
    }
    boolean hasLift = control.value() != null && arm.value() != null;
    expected.add(hasLift ? Double.valueOf(arm.value() - control.value()) : null);
    if (arm.estimate() != null) {
      addTest(control, arm, isUncapped, adjusted.isCovariateConstant(), expected);
    }
  }

  private static void addTest(
      Arm control, Arm arm, boolean isUncapped, boolean isConstant, List<Object> expected) {
    Comparison comparison = Comparison.of(control.estimate(), arm.estimate(), 0.95);
    expected.add(comparison.liftStandardError());
    expected.add(comparison.liftLower());
    expected.add(comparison.liftUpper());
    expected.add(comparison.pValue());
    boolean isNearlyZero = control.value() != null && Math.abs(control.value()) < 1e-9;
    if (!isNearlyZero) {
      List<String> reasons = new ArrayList<>();
      comparison.reasons().forEach(reason -> reasons.add(reason.text()));
      if (isConstant) {
        reasons.add("covariate_constant");
      }
      if (isUncapped) {
        reasons.add("winsor_cap_nonpositive");
      }
      expected.add(comparison.relativeLift());
      expected.add(comparison.significant() ? "t" : "f");
      expected.add(reasons.isEmpty() ? null : String.join(",", reasons));
    }
  }

  private static boolean isEqual(List<Object> expected, List<String> found, boolean isUnsure) {
    for (int i = 0; i < expected.size(); i++) {
      Object e = expected.get(i);
      String f = found.get(i);
      boolean isSame =
          (e instanceof Double number && f != null)
              ? isClose(number, Double.parseDouble(f), i < FIRST_OF_COMPARISON ? 1e-9 : 1e-7)
              : Objects.equals(e, f);
      if (!isSame && !(i == ERROR && isUnsure)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isClose(double expected, double found, double relative) {
    double distance = Math.abs(expected - found);
    return distance <= relative * Math.max(Math.abs(expected), Math.abs(found))
        || distance <= 1e-11;
  }
}
