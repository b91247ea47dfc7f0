package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.sql.Wording;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A run over past windows. */
@Command(
    name = "backfill",
    description = {
      "Reads past windows again and publishes results with what they hold now.",
      "",
      "For rows that arrived later than the overlap, or were corrected or deleted. Reads every",
      "window from T on, or all of them; keeps what lies before. With --metric it reads facts",
      "only and keeps the assignments. Publishes like a run: all at once, or not at all.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical backfill --from 2026-01-15T00:00:00Z",
      "  traffical backfill --from 2026-01-15T00:00:00Z --policy pricing_test",
      "  traffical backfill --full-refresh --metric revenue_per_user"
    })
final class BackfillCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Option(
      names = "--from",
      paramLabel = "T",
      converter = InstantConverter.class,
      description = "Read again from this time on, such as 2026-01-01T00:00:00Z.")
  private Instant from;

  @Option(names = "--full-refresh", description = "Read everything again, instead of --from.")
  private boolean isFullRefresh;

  @Option(
      names = "--to",
      paramLabel = "T",
      converter = InstantConverter.class,
      description = "Also go on to new windows, as far as this time.")
  private Instant to;

  @Option(names = "--policy", paramLabel = "P", description = "Only this policy.")
  private String policy;

  @Option(names = "--metric", paramLabel = "M", description = "Only this metric.")
  private String metric;

  @Mixin private final ShrinkOption shrink = new ShrinkOption();

  BackfillCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    checkTimes();
    Definitions definitions = options.readAndWarn(terminal);
    checkNames(definitions);
    RunRequest request =
        RunRequest.backfill(
                isFullRefresh ? Micros.BEFORE_ALL : Micros.of(from),
                to == null ? Micros.AFTER_ALL : Micros.of(to),
                policy,
                metric)
            .acceptingShrink(shrink.isAccepted());
    return new RunAndReport(definitions, options.output(terminal), terminal).run(request).code();
  }

  private void checkTimes() {
    if (from == null && !isFullRefresh) {
      throw new UsageException("needs --from T or --full-refresh");
    }
    if (from != null && isFullRefresh) {
      throw new UsageException("has both --from and --full-refresh; keep one");
    }
    if (from != null && to != null && !to.isAfter(from)) {
      throw new UsageException("--to must be after --from, found " + from + " to " + to);
    }
  }

  private void checkNames(Definitions definitions) {
    if (policy != null) {
      Words.requireKnown("policy", policy, definitions.policies().keySet());
    }
    if (metric != null) {
      Words.requireKnown("metric", metric, definitions.metrics().keySet());
    }
    if (policy != null && metric != null) {
      List<String> metrics = definitions.policies().get(policy).metrics();
      if (!metrics.contains(metric)) {
        throw new UsageException(
            "policy "
                + Wording.quoted(policy)
                + " does not have the metric "
                + Wording.quoted(metric)
                + "; it has "
                + Wording.list(metrics, "and"));
      }
    }
  }
}
