package io.traffical.pipeline.bench;

import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;

/** Says on standard output what is being measured: a full benchmark takes long. */
final class Progress {
  private Progress() {}

  static void say(String text) {
    LocalTime now = LocalTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS);
    System.out.println(now + " " + text);
    System.out.flush();
  }
}
