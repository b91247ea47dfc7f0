package io.traffical.pipeline.bench;

import io.traffical.pipeline.bench.BenchTable.Ratio;
import java.util.Locale;

/**
 * Case g: the memory of first backfills in processes of their own: the most that was resident with
 * a heap of 1 GiB at several numbers of facts, and whether smaller heaps suffice.
 */
final class MemoryBench {
  private final BenchSize size;
  private final Warehouse warehouse;
  private final BenchTable table;

  MemoryBench(BenchSize size, Warehouse warehouse, BenchTable table) {
    this.size = size;
    this.warehouse = warehouse;
    this.table = table;
  }

  void run() throws Exception {
    double least = Double.NaN;
    for (long facts : size.memoryFacts()) {
      ColdProgram.Ended ended = cold(facts, "1g");
      double peak = ended.peakKibibytes() / 1024.0;
      least = Double.isNaN(least) ? peak : least;
      String text = "RSS / that of " + count(size.memoryFacts().get(0));
      table.add(
          "g",
          Shape.ONE,
          "peak RSS, heap 1g, " + count(facts),
          String.format(Locale.ROOT, "%,.0f MiB; %.1f s", peak, ended.seconds()),
          Ratio.shown(text, peak / least));
      if (!ended.isOk()) {
        throw new AssertionError("the program failed with a heap of 1 GiB");
      }
    }
    for (String heap : size.smallHeaps()) {
      long facts = size.memoryFacts().get(1);
      ColdProgram.Ended ended = cold(facts, heap);
      table.add(
          "g",
          Shape.ONE,
          "heap " + heap + ", " + count(facts),
          String.format(Locale.ROOT, "%s; %.1f s", ended.isOk() ? "ok" : "fails", ended.seconds()),
          Ratio.NONE);
    }
  }

  private static String count(long facts) {
    return String.format(Locale.ROOT, "%,d facts", facts);
  }

  private ColdProgram.Ended cold(long facts, String heap) throws Exception {
    Dataset data = warehouse.withFacts(Shape.ONE, facts);
    data.reset();
    ColdProgram.Ended ended = ColdProgram.run(data, heap);
    data.reset();
    return ended;
  }
}
