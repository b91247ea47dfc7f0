package io.traffical.pipeline.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How much is measured.
 *
 * @param facts rows of the fact table, over 30 days
 * @param units users, and rows of the assignments
 * @param repeat how often each case is timed
 * @param cases the cases to run, such as {@code b2}
 * @param memoryFacts fact counts that the memory is compared at; the second one is that of the
 *     smaller heaps
 * @param smallHeaps heaps that may suffice or not, such as {@code 256m}
 */
record BenchSize(
    String name,
    long facts,
    long units,
    int repeat,
    Set<String> cases,
    List<Shape> shapes,
    List<Long> memoryFacts,
    List<String> smallHeaps) {
  static final String ALL_CASES = "a,b1,b2,b3,c,start,d,e,f,g";

  /** Small enough for every build: says whether the benchmark works, nothing about speed. */
  static BenchSize quick() {
    return new BenchSize(
        "quick",
        50_000,
        10_000,
        Integer.getInteger("bench.repeat", 1),
        chosenCases(),
        chosenShapes(),
        List.of(10_000L, 50_000L),
        List.of("512m"));
  }

  /** The size that the aims are stated for. */
  static BenchSize full() {
    return new BenchSize(
        "full",
        5_000_000,
        1_000_000,
        Integer.getInteger("bench.repeat", 3),
        chosenCases(),
        chosenShapes(),
        List.of(1_000_000L, 5_000_000L, 20_000_000L),
        List.of("512m", "256m"));
  }

  /** Returns the size that {@code -Dbench.size} names. */
  static BenchSize chosen() {
    String name = System.getProperty("bench.size", "full");
    return switch (name) {
      case "full" -> full();
      case "quick" -> quick();
      default -> throw new IllegalArgumentException("bench.size is full or quick, not " + name);
    };
  }

  /** Returns whether the case is run. */
  boolean runs(String name) {
    return cases.contains(name);
  }

  private static Set<String> chosenCases() {
    String names = System.getProperty("bench.cases", ALL_CASES);
    return Arrays.stream(names.split(",")).map(String::strip).collect(Collectors.toSet());
  }

  private static List<Shape> chosenShapes() {
    String names = System.getProperty("bench.shapes", "1x1,10x5");
    return Arrays.stream(names.split(",")).map(String::strip).map(BenchSize::shape).toList();
  }

  private static Shape shape(String name) {
    return List.of(Shape.ONE, Shape.MANY).stream()
        .filter(shape -> shape.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("bench.shapes: no shape " + name));
  }
}
