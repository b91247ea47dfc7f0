package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.run.RunFailure;
import io.traffical.pipeline.run.RunReport;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FollowLinesTest {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final FollowLines lines =
      new FollowLines(new PrintStream(said, true, StandardCharsets.UTF_8));

  @Test
  void anOutageIsAFewLinesHoweverLongItIs() {
    lines.retries("retrying in 0.3 s: UNAVAILABLE");
    lines.retries("retrying in 1.3 s: UNAVAILABLE");
    lines.failed(
        null,
        new RunFailure(RunFailure.Kind.UNAVAILABLE, "UNAVAILABLE", null),
        Duration.ofMillis(1640),
        Duration.ofSeconds(5));
    lines.retries("retrying in 0.1 s: UNAVAILABLE");
    lines.recovered(1);

    assertThat(said.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            """
            retrying in 0.3 s: UNAVAILABLE
            no run failed: after 1.6 s; tried again in 5 s, then quietly, at least every 5 min
            ERROR UNAVAILABLE
            works again, after 1 failure
            """);
  }

  @Test
  void whatIsRetriedInTheNextRunIsSaidAgain() {
    Instant to = Instant.parse("2026-01-05T10:00:00Z");
    lines.retries("retrying in 0.3 s");
    lines.ended(new RunReport("id", "succeeded", to, to, 1, 0, Duration.ofSeconds(2), null));
    lines.retries("retrying in 0.4 s");

    assertThat(said.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            """
            retrying in 0.3 s
            run id succeeded: windows [2026-01-05T10:00:00Z,2026-01-05T10:00:00Z), 1 row read, 0 late, 2.0 s
            retrying in 0.4 s
            """);
  }
}
