package io.traffical.pipeline.health;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one check found. Grain: one policy and check.
 *
 * @param key the check's name: exposures, srm, allocation_floor, freshness, guardrails, crossovers
 * @param needsAttention whether somebody must act now; for all but srm the same as failing
 * @param detail a sentence for people
 * @param numbers what the status rests on: texts, numbers, booleans, nulls, lists and maps of them
 */
public record Check(
    String key, Status status, boolean needsAttention, String detail, Map<String, Object> numbers) {

  static Check of(String key, Status status, String detail, Map<String, Object> numbers) {
    return new Check(key, status, status == Status.FAIL, detail, numbers);
  }

  /** Returns all of it but the key, in the order in which it is shown. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("status", status.word());
    fields.put("needs_attention", needsAttention);
    fields.put("detail", detail);
    fields.putAll(numbers);
    return fields;
  }
}
