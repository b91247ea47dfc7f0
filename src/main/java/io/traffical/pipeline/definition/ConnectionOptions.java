package io.traffical.pipeline.definition;

import java.io.Serializable;
import java.time.Duration;

/**
 * What a connection string may ask for besides place, login and TLS.
 *
 * @param applicationName the name that the server shows for the session
 * @param connectTimeout longest time that connecting to one server may take; null for the default
 * @param target what kind of server is wanted among several
 * @param endpoint the {@code endpoint=} of a Neon project, for networks that hide the host name;
 *     null for none
 */
public record ConnectionOptions(
    String applicationName, Duration connectTimeout, Target target, String endpoint)
    implements Serializable {

  /** Nothing special. */
  public static final ConnectionOptions NONE =
      new ConnectionOptions("traffical", null, Target.ANY, null);

  /** What kind of server is wanted, as in libpq's {@code target_session_attrs}. */
  public enum Target {
    /** Whichever answers first. The default. */
    ANY,
    /** One that can be written to. */
    READ_WRITE,
    /** One that can only be read. */
    READ_ONLY,
    /** One that is not in recovery. */
    PRIMARY,
    /** A replica. */
    STANDBY,
    /** A replica if there is one. */
    PREFER_STANDBY
  }

  /** Returns what of this also holds for another server: not what selects one. */
  public ConnectionOptions ofAnotherServer() {
    return new ConnectionOptions(applicationName, connectTimeout, Target.ANY, null);
  }
}
