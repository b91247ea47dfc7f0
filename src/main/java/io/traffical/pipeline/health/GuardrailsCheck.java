package io.traffical.pipeline.health;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether a guardrail of a policy is violated. One that cannot be told yet is named, but does not
 * fail the check.
 */
public final class GuardrailsCheck {
  static final String KEY = "guardrails";
  private static final List<String> STATUSES = List.of("passing", "failing", "insufficient_data");

  private GuardrailsCheck() {}

  /**
   * One comparison of a guardrail's metric with the control.
   *
   * @param allocation the treatment; null when the metric has no results yet
   * @param status passing, failing or insufficient_data; null counts as the last
   */
  public record Comparison(String metric, String allocation, String status) {
    private String place() {
      return allocation == null ? metric : metric + " (" + allocation + ")";
    }
  }

  /** Returns what the check finds; without comparisons there is no guardrail. */
  public static Check of(List<Comparison> comparisons) {
    Map<String, List<String>> places = new LinkedHashMap<>();
    STATUSES.forEach(status -> places.put(status, new ArrayList<>()));
    List<Map<String, Object>> results = new ArrayList<>();
    for (Comparison comparison : comparisons) {
      String status = comparison.status() == null ? "insufficient_data" : comparison.status();
      places.get(status).add(comparison.place());
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("metric_key", comparison.metric());
      result.put("allocation_key", comparison.allocation());
      result.put("guardrail_status", status);
      results.add(result);
    }
    Map<String, Object> numbers = new LinkedHashMap<>();
    places.forEach((status, found) -> numbers.put(status, found.size()));
    numbers.put("results", results);
    Status status = places.get("failing").isEmpty() ? Status.PASS : Status.FAIL;
    return Check.of(KEY, status, detail(places), numbers);
  }

  private static String detail(Map<String, List<String>> places) {
    List<String> sentences = new ArrayList<>();
    sentence(sentences, "Violated", places.get("failing"));
    sentence(sentences, "Not enough data yet", places.get("insufficient_data"));
    sentence(sentences, "Kept", places.get("passing"));
    return sentences.isEmpty() ? "No guardrails." : String.join(" ", sentences);
  }

  private static void sentence(List<String> sentences, String what, List<String> places) {
    if (!places.isEmpty()) {
      sentences.add(what + ": " + Phrases.list(places) + ".");
    }
  }
}
