package io.traffical.pipeline.window;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Filter;
import io.traffical.pipeline.definition.Metric.Measure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.TreeSet;

/**
 * Hashes of exactly what changes unit outcomes or which units are included; a change of anything
 * else (confidence, control, expected shares) needs no recomputation.
 */
public final class Fingerprint {
  private Fingerprint() {}

  /** What a policy's assignments depend on. */
  static String of(Definitions definitions, Definitions.Policy policy) {
    Hash hash =
        new Hash()
            .add("policy", policy.entity())
            .add(definitions.entities().get(policy.entity()).keyColumn())
            .add(policy.startsAt().toString())
            .add(String.valueOf(policy.endsAt()))
            .add(definitions.pipeline().multipleAllocations().name());
    hash.addAll(new TreeSet<>(policy.allocations().keySet()));
    hash.add("assignments");
    definitions.assignments().values().stream()
        .filter(assignments -> assignments.entity().equals(policy.entity()))
        .sorted(Comparator.comparing(Definitions.Assignments::name))
        .forEach(
            assignments ->
                hash.add(assignments.name(), assignments.sql().strip())
                    .addAll(new TreeSet<>(assignments.dimensions())));
    return hash.hex();
  }

  /** What a metric's unit outcomes depend on. */
  static String of(
      Definitions definitions,
      Metric metric,
      int lookbackDays,
      String entity,
      String policyFingerprint) {
    Hash hash =
        new Hash()
            .add("metric", policyFingerprint)
            .add(metric.aggregation().name())
            .add(metric.of() == null ? "" : metric.of().name())
            .add(String.valueOf(metric.timeframe()))
            .add(Integer.toString(lookbackDays))
            .add(definitions.entities().get(entity).keyColumn())
            .add(metric.per() == null ? "" : definitions.entities().get(metric.per()).keyColumn())
            .addAll(definitions.factDimensions(metric));
    for (Measure measure : metric.measures()) {
      Definitions.Fact fact = definitions.facts().get(measure.fact());
      hash.add("measure", fact.name(), fact.timestampColumn(), fact.sql().strip())
          .add(String.valueOf(measure.valueColumn()));
      for (Filter filter : measure.filters()) {
        hash.add("filter", filter.column(), filter.operator().name()).addAll(filter.values());
      }
    }
    return hash.hex();
  }

  /** What the rows of a definition's windows depend on, apart from the source. */
  public static String of(Definitions definitions, DefinitionRef definition) {
    Hash hash = new Hash();
    if (definition.kind() == DefinitionRef.Kind.ASSIGNMENT) {
      Definitions.Assignments assignments = definitions.assignments().get(definition.name());
      return hash.add("rows of assignment", assignments.sql().strip())
          .add(definitions.entities().get(assignments.entity()).keyColumn())
          .hex();
    }
    Definitions.Fact fact = definitions.facts().get(definition.name());
    return hash.add("rows of fact", fact.sql().strip(), fact.timestampColumn())
        .addAll(
            fact.entities().stream().map(e -> definitions.entities().get(e).keyColumn()).toList())
        .hex();
  }

  /** SHA-256 over length-prefixed parts, so that no two lists of parts give the same bytes. */
  private static final class Hash {
    private final MessageDigest digest;

    Hash() {
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JVM has SHA-256", e);
      }
    }

    Hash add(String... parts) {
      for (String part : parts) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
        digest.update(bytes);
      }
      return this;
    }

    /**
     * Adds how many parts there are, then the parts, so that no part can pass for the next list.
     */
    Hash addAll(Collection<String> parts) {
      add(Integer.toString(parts.size()));
      parts.forEach(this::add);
      return this;
    }

    String hex() {
      return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }
  }
}
