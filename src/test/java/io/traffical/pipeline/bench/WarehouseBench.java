package io.traffical.pipeline.bench;

import org.junit.jupiter.api.Test;

/**
 * The benchmark: the program against SQL in the same Postgres, in one run. {@code mvn -Pbench
 * verify} runs it; {@code -Dbench.size=quick}, {@code -Dbench.cases=a,b2,c}, {@code
 * -Dbench.shapes=1x1} and {@code -Dbench.repeat=1} shorten it.
 */
class WarehouseBench {
  @Test
  void measuresTheProgramAgainstSql() throws Exception {
    new Benchmark(BenchSize.chosen()).run();
  }
}
