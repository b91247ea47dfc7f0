package io.traffical.pipeline.bench;

import io.traffical.pipeline.bench.BenchTable.Ratio;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * Case d: hourly runs on day 15 and on day 30, with the same units on both: all assignments are on
 * day 1. A run should cost what is new, and not what has been before.
 */
final class HourlyBench {
  private static final int RUNS = 3;

  private final Dataset data;
  private final BenchTable table;
  private final double backfillSeconds;
  private long rows;

  /** Compares with a first backfill of so many seconds; NaN when there was none. */
  HourlyBench(Dataset data, BenchTable table, double backfillSeconds) {
    this.data = data;
    this.table = table;
    this.backfillSeconds = backfillSeconds;
  }

  void run() throws Exception {
    data.reset();
    Samples early = hourlyUpTo(Dataset.START.plus(Duration.ofDays(15)));
    line("15", early);
    Samples late = hourlyUpTo(Dataset.END);
    line("30", late);
    table.also(
        "d",
        data.shape(),
        "",
        Ratio.atMost("day 30 / day 15", late.median() / early.median(), 1.2));
    Estimate.assertEqual(ProgramRuns.results(data), PushDown.perPolicy(data));
    data.reset();
  }

  /** Times the last hourly runs up to the time, after one run up to where they start. */
  private Samples hourlyUpTo(Instant end) throws Exception {
    ProgramRuns.runTo(data, end.minus(Duration.ofHours(RUNS)));
    Samples hourly = new Samples();
    for (int hour = RUNS - 1; hour >= 0; hour--) {
      Instant to = end.minus(Duration.ofHours(hour));
      data.database().execute("CHECKPOINT");
      hourly.add(ShapeBench.seconds(() -> rows = ProgramRuns.runTo(data, to)));
      Progress.say("%s d up to %s: %s s".formatted(data.shape().name(), to, hourly.range()));
    }
    return hourly;
  }

  private void line(String day, Samples samples) {
    String what =
        String.format(Locale.ROOT, "program, hourly run on day %s, %,d rows read", day, rows);
    Ratio ofBackfill =
        Double.isNaN(backfillSeconds)
            ? Ratio.NONE
            : Ratio.atMost("d / c", samples.median() / backfillSeconds, 0.2);
    table.add("d", data.shape(), what, samples, 0, ofBackfill);
  }
}
