package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.window.Micros;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** Times as JDBC parameters. */
final class Times {
  private Times() {}

  /** Returns the time as a timestamptz parameter; the sentinels become Postgres's infinities. */
  static OffsetDateTime of(long micros) {
    if (micros <= Micros.BEFORE_ALL) {
      return OffsetDateTime.MIN;
    }
    return micros >= Micros.AFTER_ALL
        ? OffsetDateTime.MAX
        : Micros.toInstant(micros).atOffset(ZoneOffset.UTC);
  }
}
