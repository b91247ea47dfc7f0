package io.traffical.pipeline.health;

import static io.traffical.pipeline.testing.Plans.hour;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.health.Exposures.Arrivals;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExposureCounterTest {
  private static final long AS_OF = hour(10.5);

  /** The bucket that Postgres's width_bucket gives: how many bounds are not after the time. */
  private static int bucket(long time) {
    return (int) ExposureCounter.bounds(AS_OF).stream().filter(bound -> bound <= time).count();
  }

  private static Exposures counted(double... hoursBefore) {
    ExposureCounter counter = new ExposureCounter(AS_OF, List.of("a", "b"));
    for (double hours : hoursBefore) {
      long time = hour(10.5 - hours);
      counter.add("a", bucket(time), 1, 0, time);
    }
    return counter.exposures();
  }

  @Test
  void boundsAscendFromThirtyDaysToOneHourBefore() {
    List<Long> bounds = ExposureCounter.bounds(AS_OF);

    assertThat(bounds).hasSize(53).isSorted().doesNotHaveDuplicates();
    assertThat(bounds.get(0)).isEqualTo(hour(10.5 - 30 * 24));
    assertThat(bounds.get(29)).isEqualTo(hour(10.5 - 24));
    assertThat(bounds.get(52)).isEqualTo(hour(9.5));
  }

  @Test
  void countsHoursDaysAndAllBeforeThem() {
    Arrivals came =
        counted(0.5, 1, 1.01, 24, 24.01, 48, 30 * 24, 30 * 24 + 0.01, 9999).declared().get("a");

    assertThat(came.units()).isEqualTo(9);
    assertThat(came.newest()).isEqualTo(hour(10));
    assertThat(came.perHour()).hasSize(24);
    assertThat(came.perHour().subList(22, 24)).containsExactly(1L, 2L);
    assertThat(came.perHour().get(0)).isEqualTo(1);
    assertThat(came.perDay()).hasSize(30);
    assertThat(came.perDay().subList(28, 30)).containsExactly(2L, 4L);
    assertThat(came.perDay().get(0)).isEqualTo(1);
    assertThat(came.perDay().stream().mapToLong(Long::longValue).sum()).isEqualTo(7);
  }

  @Test
  void addsUpDeclaredAndUndeclaredAndLeavesCrossoversOutOfWhatIsAnalysed() {
    ExposureCounter counter = new ExposureCounter(AS_OF, List.of("b", "a"));
    counter.add("a", 53, 10, 2, hour(10));
    counter.add("a", 5, 7, 1, hour(-600));
    counter.add(null, 53, 4, 4, hour(10.25));
    Exposures exposures = counter.exposures();

    assertThat(exposures.units()).isEqualTo(21);
    assertThat(exposures.crossovers()).isEqualTo(7);
    assertThat(exposures.newest()).as("of declared ones").isEqualTo(hour(10));
    assertThat(exposures.analysed(true)).containsExactly(Map.entry("b", 0L), Map.entry("a", 14L));
    assertThat(exposures.analysed(false)).containsExactly(Map.entry("b", 0L), Map.entry("a", 17L));
    Map<?, ?> hours = (Map<?, ?>) ExposureSeries.of(exposures).get("per_hour");
    assertThat(((List<?>) hours.get("total")).get(23)).isEqualTo(14L);
    assertThat(((Map<?, ?>) hours.get("allocations")).get("b"))
        .isEqualTo(Collections.nCopies(24, 0L));
  }
}
