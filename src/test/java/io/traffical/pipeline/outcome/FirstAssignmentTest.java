package io.traffical.pipeline.outcome;

import static io.traffical.pipeline.testing.Plans.hour;
import static io.traffical.pipeline.testing.Plans.knownPolicy;
import static io.traffical.pipeline.testing.Plans.newPolicy;
import static io.traffical.pipeline.testing.Plans.unreadPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.outcome.FirstAssignment.Settled;
import io.traffical.pipeline.outcome.FirstAssignment.Stored;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An exposure is written as hour, allocation, dimensions: {@code 2a:DE,web}. */
class FirstAssignmentTest {
  private static final long NEVER = AssignmentChange.NEVER;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // exposures | the first
        "2a:DE             | 2a:DE",
        "3a:AT 2a:DE       | 2a:DE", // the earlier one, though the other is smaller
        "2a:DE 2a:AT 2a:FR | 2a:AT", // at one instant the smallest
        "2b:AT 2a:DE       | 2a:DE", // but of the smallest allocation
        "2c:AT 2b:FR 2b:DE | 2b:DE",
        "3a:AT 2b:DE 2b:CH | 2b:CH",
        "2a:a 2a:Z         | 2a:Z", // bytes, not letters
        "2a:zz 2a:z        | 2a:z",
        "2a:é 2a:z         | 2a:z",
        "2a:💶 2a:～       | 2a:～", // EF BD 9E before F0 9F 92 B6; as UTF-16 it is the other way
        "2a:a!,a 2a:a,b    | 2a:a,b", // tuples, one value after the other
        "2a:b,a 2a:a,b     | 2a:a,b",
        "2a:a,b 2a:a,a     | 2a:a,a",
        "2a:a 2a:          | 2a:",
      })
  void dimensionsAreThoseOfTheFirstAssignment(String exposures, String first) {
    Exposure expected = exposures(first).get(0);
    for (List<Exposure> order : permutations(exposures(exposures))) {
      Settled settled = settle(newPolicy(10), null, order);

      assertThat(settled.allocation()).isEqualTo(expected.allocation());
      assertThat(settled.dimensions()).isEqualTo(expected.dimensions());
      assertThat(settled.firstAssignedAt()).isEqualTo(expected.time());
    }
  }

  @Test
  void otherDimensionsAreNoCrossover() {
    Settled settled = settle(newPolicy(10), null, exposures("2a:DE 2a:AT 3a:FR"));

    assertThat(settled.crossedOverAt()).isEqualTo(NEVER);
  }

  @Test
  void whatWasAssignedBeforeTheRangeKeepsItsDimensions() {
    Stored stored = new Stored("a", "DE", hour(2), NEVER);

    assertThat(settle(knownPolicy(5, 10), stored, exposures("5a:AT 2a:AT 6b:AT")))
        .isEqualTo(new Settled("a", "DE", hour(2), hour(6)));
    assertThat(settle(unreadPolicy(10), stored, exposures("5a:AT")))
        .isEqualTo(new Settled("a", "DE", hour(2), NEVER));
  }

  @Test
  void whatWasAssignedInTheRangeTakesThoseThatAreThereNow() {
    Stored stored = new Stored("a", "DE", hour(5), NEVER);

    assertThat(settle(knownPolicy(5, 10), stored, exposures("5a:FR 5a:FI")))
        .isEqualTo(new Settled("a", "FI", hour(5), NEVER));
  }

  @ParameterizedTest
  @CsvSource({"a, DE, 5, true", "b, DE, 5, false", "a, AT, 5, false", "a, DE, 6, false"})
  void anyDifferenceIsAChange(String allocation, String dimensions, double at, boolean isSame) {
    Settled settled = new Settled("a", "DE", hour(5), NEVER);

    assertThat(settled.isSameAs(new Stored(allocation, dimensions, hour(at), NEVER)))
        .isEqualTo(isSame);
    assertThat(settled.isSameAs(new Stored(allocation, dimensions, hour(at), hour(7)))).isFalse();
    assertThat(settled.isSameAs(null)).isFalse();
  }

  private record Exposure(long time, String allocation, String dimensions) {}

  private static List<Exposure> exposures(String text) {
    List<Exposure> exposures = new ArrayList<>();
    for (String exposure : text.split(" ", -1)) {
      String[] parts = exposure.split(":", 2);
      exposures.add(
          new Exposure(
              hour(parts[0].charAt(0) - '0'), parts[0].substring(1), parts[1].replace(',', '\0')));
    }
    return exposures;
  }

  private static Settled settle(PolicyPlan policy, Stored stored, List<Exposure> exposures) {
    FirstAssignment assignment = new FirstAssignment(policy);
    if (stored != null) {
      assignment.add(stored);
    }
    exposures.forEach(e -> assignment.add(e.allocation(), e.dimensions(), e.time()));
    return assignment.settle();
  }

  private static <T> List<List<T>> permutations(List<T> items) {
    if (items.isEmpty()) {
      return List.of(List.of());
    }
    List<List<T>> all = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      List<T> rest = new ArrayList<>(items);
      T first = rest.remove(i);
      for (List<T> order : permutations(rest)) {
        List<T> whole = new ArrayList<>(List.of(first));
        whole.addAll(order);
        all.add(whole);
      }
    }
    return all;
  }
}
