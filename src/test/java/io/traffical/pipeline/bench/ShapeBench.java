package io.traffical.pipeline.bench;

import io.traffical.pipeline.bench.BenchTable.Ratio;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The timed cases of one shape. Each repetition runs all of them, one after the other, so that
 * whatever else the machine does hits all alike; each starts with the program's tables gone and the
 * server's buffers written.
 */
final class ShapeBench {
  private static final Map<String, String> WHAT =
      Map.of(
          "a", "bare binary COPY of the rows, to nowhere",
          "b1", "SQL, a statement per policy and metric",
          "b2", "SQL, a statement per policy",
          "b3", "SQL, also storing the per-unit tables",
          "c", "program, first backfill, warm JVM",
          "e", "the job's source alone, discarded",
          "start", "program, empty source, warm JVM",
          "e0", "the job's source alone, empty source");

  private final BenchSize size;
  private final Shape shape;
  private final Dataset data;
  private final Dataset empty;
  private final BenchTable table;
  private final Map<String, Samples> samples = new LinkedHashMap<>();
  private List<Estimate> expected;

  ShapeBench(BenchSize size, Shape shape, Warehouse warehouse, Warehouse none, BenchTable table) {
    this.size = size;
    this.shape = shape;
    this.data = warehouse.spread(shape);
    this.empty = none.spread(shape);
    this.table = table;
  }

  /** Something timed. */
  interface Timed {
    void run() throws Exception;
  }

  void run() throws Exception {
    expected = PushDown.perPolicy(data); // also warms the server's buffers
    for (int i = 0; i < size.repeat(); i++) {
      timeIfChosen("a", () -> CopyReading.read(data));
      timeIfChosen("b1", () -> check(PushDown.perMetric(data)));
      timeIfChosen("b2", () -> check(PushDown.perPolicy(data)));
      timeIfChosen("b3", () -> check(PushDownTables.write(data)));
      timeIfChosen("c", () -> ProgramRuns.runTo(data, Dataset.END));
      if (size.runs("c")) {
        check(ProgramRuns.results(data));
      }
      timeIfChosen("e", () -> SourceReading.read(data));
      if (size.runs("e")) {
        time("e0", empty, () -> SourceReading.read(empty));
      }
      if (size.runs("c") || size.runs("start")) {
        time("start", empty, () -> ProgramRuns.runTo(empty, Dataset.END));
      }
    }
    data.reset();
    report();
    coldStart();
  }

  private void check(List<Estimate> estimates) {
    Estimate.assertEqual(estimates, expected);
  }

  private void timeIfChosen(String name, Timed timed) throws Exception {
    if (size.runs(name)) {
      time(name, data, timed);
    }
  }

  private void time(String name, Dataset on, Timed timed) throws Exception {
    on.reset();
    samples.computeIfAbsent(name, ignored -> new Samples()).add(seconds(timed));
    Progress.say("%s %s: %s s".formatted(shape.name(), name, samples.get(name).range()));
  }

  static double seconds(Timed timed) throws Exception {
    long begin = System.nanoTime();
    timed.run();
    return (System.nanoTime() - begin) / 1e9;
  }

  private void report() {
    line("a", Ratio.NONE);
    line("b1", Ratio.NONE);
    line("b2", Ratio.NONE);
    line("b3", Ratio.NONE);
    reportProgram();
    line("start", Ratio.NONE);
    if (!has("e")) {
      return;
    }
    if (!has("a")) {
      line("e", Ratio.NONE);
      line("e0", Ratio.NONE);
      return;
    }
    double reading = median("e") - median("e0");
    line("e", Ratio.shown("e / a", median("e") / median("a")));
    line("e0", Ratio.NONE);
    table.also(
        "e",
        shape,
        "reading: less that of an empty source",
        Ratio.atMost("(e - e0) / a", reading / median("a"), 1.3));
  }

  private void reportProgram() {
    boolean isOne = shape.metrics().size() == 1;
    double warm = backfillSeconds();
    line("c", compare("c / b3", warm, "b3", isOne ? 1.3 : 1.0));
    if (!has("c")) {
      return;
    }
    double job = warm - median("start");
    if (has("b3")) {
      String text = "(c - start) / b3";
      table.also("c", shape, "less the start", Ratio.shown(text, job / median("b3")));
    }
    if (has("b1") && !isOne) {
      table.also("c", shape, "", Ratio.atLeast("b1 / c", median("b1") / warm, 4));
    }
    if (has("b2")) {
      double faster = median("b2") / warm;
      Ratio ratio = isOne ? Ratio.shown("b2 / c", faster) : Ratio.atLeast("b2 / c", faster, 1.5);
      table.also("c", shape, isOne ? "" : "aim beyond", ratio);
    }
  }

  private Ratio compare(String text, double value, String with, double limit) {
    return has(with) ? Ratio.atMost(text, value / median(with), limit) : Ratio.NONE;
  }

  private void line(String name, Ratio ratio) {
    if (has(name)) {
      boolean isEmpty = name.equals("start") || name.equals("e0");
      long rows = isEmpty ? 0 : size.facts() + size.units();
      String shown = name.equals("e0") ? "e" : name;
      table.add(shown, shape, WHAT.get(name), samples.get(name), rows, ratio);
    }
  }

  /** Returns the median of case c, or NaN when it was not run. */
  double backfillSeconds() {
    return has("c") ? median("c") : Double.NaN;
  }

  private boolean has(String name) {
    return samples.containsKey(name);
  }

  private double median(String name) {
    return samples.get(name).median();
  }

  /** The price of a JVM and of everything that does not depend on the data. */
  private void coldStart() throws Exception {
    if (!size.runs("start")) {
      return;
    }
    Samples cold = new Samples();
    for (int i = 0; i < size.repeat(); i++) {
      empty.reset();
      ColdProgram.Ended ended = ColdProgram.run(empty, "1g");
      if (!ended.isOk()) {
        throw new AssertionError("the program failed on an empty source");
      }
      cold.add(ended.seconds());
    }
    table.add("start", shape, "program, empty source, its own process", cold, 0, Ratio.NONE);
  }
}
