package io.traffical.pipeline.run;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Who runs: shown to somebody whose run finds another one active. */
final class Owner {
  private Owner() {}

  static String name() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "unknown host";
    }
    return System.getProperty("user.name") + "@" + host + " pid " + ProcessHandle.current().pid();
  }
}
