package io.traffical.pipeline.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EventTest {
  @Test
  void isOneLineThatCanBeTakenApart() {
    Event event =
        Event.of("slice_retried", "1-2")
            .with("definition", "fact orders")
            .with("window", "[a,b)")
            .with("attempt", 1)
            .with("seconds", 1.5)
            .with("missing", null)
            .with("empty", "")
            .with("error", "relation \"x\"\ndoes = not exist");

    assertThat(event)
        .hasToString(
            "event=slice_retried run=1-2 definition=\"fact orders\" window=[a,b) attempt=1"
                + " seconds=1.500 empty=\"\" error=\"relation \\\"x\\\"\\ndoes = not exist\"");
  }
}
