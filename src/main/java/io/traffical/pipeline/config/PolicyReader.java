package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Assignments;
import io.traffical.pipeline.definition.Definitions.Correction;
import io.traffical.pipeline.definition.Definitions.Entity;
import io.traffical.pipeline.definition.Definitions.Guardrail;
import io.traffical.pipeline.definition.Definitions.Pipeline;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.sql.Wording;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads {@code policies}. */
final class PolicyReader {
  private static final double SHARE_TOLERANCE = 1e-6;

  private final Map<String, Entity> entities;
  private final Map<String, Assignments> assignments;
  private final PolicyMetrics metrics;
  private final Map<String, Metric> defined;
  private final Pipeline defaults;

  PolicyReader(
      Map<String, Entity> entities,
      Map<String, Assignments> assignments,
      DefinedMetrics defined,
      Pipeline defaults) {
    this.entities = entities;
    this.assignments = assignments;
    this.metrics = new PolicyMetrics(defined);
    this.defined = defined.metrics();
    this.defaults = defaults;
  }

  Map<String, Policy> read(Section file) {
    return Named.read(file, "policies", "policy", NameRule.KEY, this::policy);
  }

  private Policy policy(String key, Section section) {
    section.allow(
        "entity",
        "allocations",
        "control",
        "startsAt",
        "endsAt",
        "goal",
        "guardrails",
        "metrics",
        "confidence",
        "sequential",
        "cuped",
        "correction");
    String entity = SourceReader.entity(section, entities);
    checkAssignments(section, entity);
    Map<String, Double> allocations = allocations(section);
    Instant startsAt =
        section.required("startsAt", Format.INSTANT, "add startsAt: 2026-01-01T00:00:00Z");
    GuardrailReader roles = new GuardrailReader(section, metrics.ofPolicy(entity));
    String goal = roles.goal();
    List<Guardrail> guardrails = roles.guardrails(goal);
    List<String> keys = metrics.read(section, entity, GuardrailReader.metrics(goal, guardrails));
    Long sequential = PipelineReader.sequential(section, defaults.sequentialUnits());
    return new Policy(
        key,
        entity,
        allocations,
        control(section, allocations),
        startsAt,
        endsAt(section, startsAt),
        keys,
        goal,
        guardrails,
        section.value("confidence", PipelineReader.CONFIDENCE, defaults.confidence()),
        sequential,
        cuped(section, keys),
        correction(section, sequential));
  }

  private boolean cuped(Section section, List<String> keys) {
    boolean cuped = section.value("cuped", Format.BOOLEAN, defaults.cuped());
    boolean hasLookback = keys.stream().anyMatch(key -> defined.get(key).lookbackDays() > 0);
    if (cuped && section.has("cuped") && !hasLookback) {
      section
          .problems()
          .warning(
              section.line("cuped"),
              section.label("cuped") + " has no effect: none of its metrics has a lookback",
              "add cuped: { lookbackDays: 14 } to a metric");
    }
    return cuped;
  }

  private static Correction correction(Section section, Long sequentialUnits) {
    Correction correction =
        section.value("correction", Format.choice(Correction.class), Correction.NONE);
    if (correction != Correction.NONE && sequentialUnits != null) {
      section.error(
          "correction",
          section.title()
              + " cannot have correction: "
              + correction.name().toLowerCase(Locale.ROOT)
              + " because its results are sequential, which have no p-values to correct",
          "remove correction, or add sequential: false");
    }
    return correction;
  }

  private void checkAssignments(Section section, String entity) {
    boolean isAssigned =
        assignments.values().stream().anyMatch(a -> entity == null || entity.equals(a.entity()));
    boolean isUnknown =
        entity == null || assignments.values().stream().anyMatch(a -> a.entity() == null);
    if (!isAssigned && !isUnknown) {
      section.error(
          "entity",
          section.title() + " has the entity \"" + entity + "\", which has no assignments",
          "add a definition under assignments with entity: " + entity);
    }
  }

  private static Map<String, Double> allocations(Section section) {
    Section shares = section.section("allocations");
    Map<String, Double> allocations = new LinkedHashMap<>();
    int readable = 0;
    for (String name : shares.keys()) {
      NameRule.KEY.check(name, "allocation", shares.line(name), section.problems());
      double share = shares.value(name, PolicyReader::share, Double.NaN);
      allocations.put(name, share);
      readable += Double.isNaN(share) ? 0 : 1;
    }
    double sum = allocations.values().stream().mapToDouble(Double::doubleValue).sum();
    if (allocations.isEmpty()) {
      section.reportMissing("allocations", "add allocations: { control: 0.5, treatment: 0.5 }");
    } else if (readable == allocations.size() && Math.abs(sum - 1) > SHARE_TOLERANCE) {
      section.error(
          "allocations",
          section.label("allocations") + " must sum to 1, found " + Math.round(sum * 1e6) / 1e6,
          "correct the shares");
    }
    return Collections.unmodifiableMap(allocations);
  }

  private static double share(Scalar scalar) throws RefusedException {
    double share = Format.NUMBER.parse(scalar);
    if (!(share >= 0 && share <= 1)) {
      throw new RefusedException(
          "must be 0 to 1, found " + scalar.shown(), "write half of the units as 0.5");
    }
    return share;
  }

  private static String control(Section section, Map<String, Double> allocations) {
    String first = allocations.keySet().stream().findFirst().orElse(null);
    Format<String> declared =
        scalar -> {
          if (!allocations.isEmpty() && !allocations.containsKey(scalar.value())) {
            throw new RefusedException(
                "must be one of the allocations, found " + scalar.shown(),
                "use " + Wording.list(allocations.keySet(), "or"));
          }
          return scalar.value();
        };
    return section.value("control", declared, first);
  }

  private static Instant endsAt(Section section, Instant startsAt) {
    Format<Instant> after =
        scalar -> {
          Instant endsAt = Format.INSTANT.parse(scalar);
          if (startsAt != null && !endsAt.isAfter(startsAt)) {
            throw new RefusedException(
                "must be after startsAt, found " + scalar.shown(), "correct one of the two");
          }
          return endsAt;
        };
    return section.value("endsAt", after, null);
  }
}
