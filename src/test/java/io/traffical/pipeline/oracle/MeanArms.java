package io.traffical.pipeline.oracle;

import io.traffical.pipeline.stats.ArmEstimate;
import io.traffical.pipeline.stats.ArmEstimate.Kind;
import io.traffical.pipeline.stats.Moments;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Arms of means per unit, and of shares of units. */
final class MeanArms implements Arms {
  private final Sql sql;
  private final Metric metric;
  private final List<String> allocations;
  private final Cap cap;

  MeanArms(Sql sql, Metric metric, List<String> allocations) {
    this.sql = sql;
    this.metric = metric;
    this.allocations = allocations;
    this.cap = Cap.of(sql, metric);
  }

  @Override
  public List<Arm> of(String condition) {
    String steps =
        IntStream.rangeClosed(1, metric.measures().size())
            .mapToObj(step -> "count(*) FILTER (WHERE steps >= " + step + ")")
            .collect(Collectors.joining(", ", "jsonb_build_array(", ")"));
    List<List<String>> rows =
        sql.rows(
            """
            SELECT allocation, count(z), coalesce(sum(z), 0), avg(z), var_samp(z),
              sqrt(var_samp(z) / nullif(count(z), 0)), coalesce(var_samp(z) * (count(z) - 1), 0),
              %s
            FROM unnest(%s) WITH ORDINALITY AS d(allocation, place)
            LEFT JOIN (SELECT allocation, %s AS z, steps FROM unit_value WHERE %s) u
              USING (allocation)
            GROUP BY allocation, place ORDER BY place
            """
                .formatted(steps, Sql.array(allocations), cap.of("x"), condition));
    List<Arm> arms = new ArrayList<>();
    for (List<String> row : rows) {
      arms.add(arm(row));
    }
    return arms;
  }

  private Arm arm(List<String> row) {
    long units = Long.parseLong(row.get(1));
    double sum = Double.parseDouble(row.get(2));
    Double value = Arms.number(row.get(3));
    Double variance = Arms.number(row.get(4));
    Double error = Arms.number(row.get(5));
    if (metric.isProportion() && units > 0) {
      variance = value * (1 - value);
      error = Math.sqrt(variance / units);
    }
    Moments moments =
        new Moments(units, units == 0 ? 0 : sum / units, Double.parseDouble(row.get(6)), sum);
    return new Arm(
        row.get(0),
        units,
        sum,
        (double) units,
        value,
        variance,
        error == null || error == 0 ? null : error,
        metric.is("funnel") ? row.get(7) : null,
        false,
        ArmEstimate.of(metric.isProportion() ? Kind.PROPORTION : Kind.MEAN, moments));
  }
}
