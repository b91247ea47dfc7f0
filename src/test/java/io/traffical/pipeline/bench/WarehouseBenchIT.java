package io.traffical.pipeline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The benchmark at its quick size, for its correctness only: no time is asserted. */
class WarehouseBenchIT {
  @Test
  void everyCaseRunsAndTheProgramAgreesWithSql() throws Exception {
    BenchSize size = BenchSize.quick();

    BenchTable table = new Benchmark(size).run();

    Set<String> expected = new TreeSet<>();
    for (Shape shape : size.shapes()) {
      size.cases().forEach(name -> expected.add(name + " " + shape.name()));
    }
    // Publishing and memory are measured for one shape.
    expected.removeAll(Set.of("f " + Shape.MANY.name(), "g " + Shape.MANY.name()));
    assertThat(table.cases()).containsExactlyInAnyOrderElementsOf(expected);
  }
}
