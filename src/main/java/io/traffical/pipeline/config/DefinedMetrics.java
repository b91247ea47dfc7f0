package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Assignments;
import io.traffical.pipeline.definition.Definitions.Entity;
import io.traffical.pipeline.definition.Definitions.Fact;
import io.traffical.pipeline.definition.Metric;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The facts and metrics of a definition file and of the {@code metrics.yaml} files that it
 * includes. Metrics may take facts of any of these files.
 *
 * @param facts facts by name: those of the definition file come first
 * @param metrics metrics by key: those of the definition file come first
 * @param isComplete whether nothing was wrong with them, so that a metric that is missing is not
 *     one that could not be read
 */
record DefinedMetrics(Map<String, Fact> facts, Map<String, Metric> metrics, boolean isComplete) {

  /**
   * Reads both; problems are reported.
   *
   * @param path where the definition file is
   */
  static DefinedMetrics read(
      Path path,
      Section file,
      Variables variables,
      Map<String, Entity> entities,
      Collection<Assignments> assignments,
      Names names) {
    long errors = file.problems().errors();
    List<Section> included = IncludeReader.read(path, file, variables);
    FactReader factReader = new FactReader(entities, assignments, names);
    Map<String, Fact> facts = new LinkedHashMap<>(factReader.read(file));
    FactSourceReader sources = new FactSourceReader(entities, factReader, names);
    for (Section traffical : included) {
      traffical.allow("version", "fact_sources", "metrics");
      traffical.required("version", DefinitionReader.VERSIONS, "add version: \"1.0\"");
      sources.read(traffical).forEach(facts::putIfAbsent);
    }
    FilterCount count = new FilterCount();
    MeasureReader measures = new MeasureReader(MetricForm.NATIVE, facts, Map.of(), count);
    Map<String, Metric> metrics =
        new LinkedHashMap<>(new MetricReader(MetricForm.NATIVE, measures, names).read(file));
    MeasureReader others = new MeasureReader(MetricForm.TRAFFICAL, facts, sources.columns(), count);
    MetricReader reader = new MetricReader(MetricForm.TRAFFICAL, others, names);
    included.forEach(traffical -> reader.read(traffical).forEach(metrics::putIfAbsent));
    return new DefinedMetrics(facts, metrics, file.problems().errors() == errors);
  }
}
