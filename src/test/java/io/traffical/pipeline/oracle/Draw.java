package io.traffical.pipeline.oracle;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Chance: the same seed draws the same. */
final class Draw {
  private final Random random;

  Draw(long seed) {
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  double share() {
    return random.nextDouble();
  }

  /** Draws a number from 0 on, below the limit. */
  int below(int limit) {
    return random.nextInt(limit);
  }

  <T> T one(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** Draws so many of the choices, in any order. */
  <T> List<T> some(int count, List<T> choices) {
    List<T> shuffled = new ArrayList<>(choices);
    Collections.shuffle(shuffled, random);
    return List.copyOf(shuffled.subList(0, count));
  }

  static Duration minutes(long minutes) {
    return Duration.ofMinutes(minutes);
  }
}
