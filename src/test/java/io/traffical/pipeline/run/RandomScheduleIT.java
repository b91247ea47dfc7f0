package io.traffical.pipeline.run;

import io.traffical.pipeline.oracle.World;
import io.traffical.pipeline.testing.SharedCluster;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random schedules of changes, runs, failures and backfills: whatever happens, what is published
 * equals one computation over the rows as they were read. A failure names its seed; {@code
 * -Dtraffical.seed=N} plays that one again, {@code -Dtraffical.seeds=N} plays 1 to N.
 */
@ExtendWith(SharedCluster.ForJobs.class)
class RandomScheduleIT {
  static LongStream seeds() {
    long one = number("traffical.seed", 0);
    long first = one == 0 ? 1 : one;
    return LongStream.rangeClosed(first, one == 0 ? number("traffical.seeds", 10) : one);
  }

  private static long number(String property, long otherwise) {
    String value = System.getProperty(property, "");
    return value.isEmpty() || value.startsWith("$") ? otherwise : Long.parseLong(value);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void incrementalEqualsFull(long seed) {
    World.play(seed);
  }
}
