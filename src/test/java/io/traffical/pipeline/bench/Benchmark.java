package io.traffical.pipeline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Runs the chosen cases at one size, and leaves their table in target/bench-table.md. */
final class Benchmark {
  private static final Path TABLE = Path.of("target", "bench-table.md");

  private final BenchSize size;
  private final BenchTable table;

  Benchmark(BenchSize size) {
    this.size = size;
    this.table = new BenchTable(size.name().equals("full"));
  }

  /**
   * Measures everything, with the program's results checked against SQL.
   *
   * @throws AssertionError if they differ, or a run fails
   */
  BenchTable run() throws Exception {
    warmUp();
    try (Warehouse warehouse = new Warehouse(size.facts(), size.units());
        Warehouse none = new Warehouse(0, 0)) {
      String machine = Machine.describe(warehouse.database());
      Progress.say(machine);
      for (Shape shape : size.shapes()) {
        ShapeBench bench = new ShapeBench(size, shape, warehouse, none, table);
        bench.run();
        if (size.runs("d")) {
          new HourlyBench(warehouse.onDayOne(shape), table, bench.backfillSeconds()).run();
        }
      }
      if (size.runs("f")) {
        new Publishing(size, warehouse.spread(Shape.ONE), table).run();
      }
      if (size.runs("g")) {
        new MemoryBench(size, warehouse, table).run();
      }
      write(machine);
    }
    return table;
  }

  /** Lets the JVM compile what the cases in it share. */
  private void warmUp() throws Exception {
    BenchSize quick = BenchSize.quick();
    try (Warehouse small = new Warehouse(quick.facts(), quick.units())) {
      for (Shape shape : size.shapes()) {
        Dataset data = small.spread(shape);
        SourceReading.read(data);
        ProgramRuns.runTo(data, Dataset.END);
        data.reset();
      }
    }
  }

  private void write(String machine) throws IOException {
    String text =
        String.format(
            Locale.ROOT,
            "%,d facts over 30 days, %,d assignments; median of %d (hourly runs: 3). %s.%n%n%s",
            size.facts(),
            size.units(),
            size.repeat(),
            machine,
            table.text());
    Files.createDirectories(TABLE.getParent());
    Files.writeString(TABLE, text);
    System.out.println(text);
  }
}
