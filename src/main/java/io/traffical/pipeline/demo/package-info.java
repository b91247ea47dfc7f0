/**
 * The demo: a Postgres of its own, a web shop in it that is the same every time, and the runs that
 * compute its experiment. Everything lives in one directory, removed at the end unless kept.
 */
package io.traffical.pipeline.demo;
