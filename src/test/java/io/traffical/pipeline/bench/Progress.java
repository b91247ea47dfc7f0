package io.traffical.pipeline.bench;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Says on standard output what is being measured: a full benchmark takes long. */
final class Progress {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneId.systemDefault());

  private Progress() {}

  static void say(String text) {
    System.out.println(TIME.format(Instant.now()) + " " + text);
    System.out.flush();
  }
}
