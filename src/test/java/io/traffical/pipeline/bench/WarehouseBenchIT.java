package io.traffical.pipeline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The benchmark at its quick size, for its correctness only: no time is asserted. */
class WarehouseBenchIT {
  @Test
  void everyCaseRunsAndTheProgramAgreesWithSql() throws Exception {
    BenchSize size = BenchSize.quick();

    BenchTable table = new Benchmark(size).run();

    assertThat(table.cases()).containsAll(size.cases());
  }
}
